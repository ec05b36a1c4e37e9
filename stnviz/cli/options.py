"""The options of every command, as dataclasses that tyro reads. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro
from tyro.conf import FlagCreatePairsOff, Positional, arg, subcommand

DataDir = Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")]
Device = Annotated[str, arg(metavar="auto|cuda|mps|cpu")]
Listing = Literal["transforms", "data", "models", "checkpoints"]


@dataclass(frozen=True)
class Train:
    """Train a network. Ctrl-C keeps its state; the same command goes on from there.

    Args:
        data: Distortion to train on, e.g. mnist-r; `list data` names all.
        model: Network: fcn, cnn, st-fcn or st-cnn.
        steps: Optimiser steps.
        out: Folder for the state and, at the end, the checkpoint.
        transform: Transform of an st- network, e.g. affine; `list transforms` names all.
        seed: Fixes the weights at the start and every batch.
        batch: Digits a step.
        rate: Highest learning rate.
        localisation_rate: Learning rate of the localisation network, as a share of the rate.
        precision: Of the convolutions; theta and grids are float32 in any case.
        device: Where to compute.
        threads: Processor threads; as many as torch likes by default.
        data_dir: Folder with MNIST; STNVIZ_DATA or ./data by default.
        every: Steps between two lines of progress.
    """

    module: ClassVar[str] = "train"

    data: Annotated[str, arg(metavar="NAME")]
    model: Annotated[str, arg(metavar="NAME")]
    steps: Annotated[int, arg(metavar="N")]
    out: Annotated[Path, arg(metavar="DIR")]
    transform: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    seed: Annotated[int, arg(metavar="N")] = 0
    batch: Annotated[int, arg(metavar="N")] = 256
    rate: Annotated[float, arg(metavar="X")] = 3e-3
    localisation_rate: Annotated[float, arg(metavar="X")] = 0.3
    precision: Annotated[str, arg(metavar="auto|float32|bfloat16")] = "auto"
    device: Device = "auto"
    threads: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    data_dir: DataDir = None
    every: Annotated[int, arg(metavar="N")] = 50


@dataclass(frozen=True)
class Evaluate:
    """Measure checkpoints again and compare each with its card; exit code 1 if one differs.

    Args:
        checkpoints: Checkpoint folders.
        json: Print a list of objects instead of a table.
        data_dir: Folder with MNIST; STNVIZ_DATA or ./data by default.
        device: Where to compute.
    """

    module: ClassVar[str] = "evaluate"

    checkpoints: Annotated[
        Positional[tuple[Path, ...]], arg(metavar="FOLDER ...", help_behavior_hint="")
    ]
    json: bool = False
    data_dir: DataDir = None
    device: Device = "auto"


@dataclass(frozen=True)
class List:
    """Say what there is.

    Args:
        what: What to list.
        json: Print a list of objects instead of text.
        root: Folder below which checkpoints lie; the shipped ones by default.
    """

    module: ClassVar[str] = "catalogue"

    what: Positional[Listing]
    json: bool = False
    root: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None


Command = Train | Evaluate | List

_COMMANDS = (
    Annotated[Train, subcommand("train")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[List, subcommand("list")]
)


def parse(arguments: Sequence[str] | None = None) -> Command:
    """Read a command line; tyro prints help and mistakes itself and leaves with code 2."""
    command: Command = tyro.cli(
        _COMMANDS,
        prog="python -m stnviz",
        description="Train spatial transformer networks, measure them, say what there is.",
        args=arguments,
        config=(FlagCreatePairsOff,),
    )
    return command

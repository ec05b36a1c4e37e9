"""The options of every command, as dataclasses that tyro reads. No torch here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tyro
from tyro.conf import FlagCreatePairsOff, Positional, arg, subcommand

from stnviz.checkpoints import old_names
from stnviz.cli.export_options import Export
from stnviz.cli.render_options import Render
from stnviz.cli.site_options import Site
from stnviz.cli.trace_options import Align, Capture, Health, Open
from stnviz.experiments.recipe import HYPERPARAMETERS

DataDir = Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")]
Device = Annotated[str, arg(metavar="auto|cuda|mps|cpu")]
Listing = Literal["transforms", "data", "models", "checkpoints"]
Fetchable = Literal["mnist", "cub", "svhn", "web-runtime"]


def _hyperparameter(name: str) -> Any:
    """How the option of a hyperparameter reads: its help is the recipe's own line."""
    (parameter,) = (p for p in HYPERPARAMETERS if p.name == name)
    return arg(
        metavar="N" if name == "patience" else "X",
        help=f"{parameter.help} Digits: {parameter.default:g}.",
        help_behavior_hint="",
    )


@dataclass(frozen=True)
class Run:
    """Start the app, e.g. with --port 8600. Other options go to `streamlit run` as they are.

    Args:
        options: --port N, --host ADDRESS, and options of Streamlit.
    """

    module: ClassVar[str] = "serve"

    options: Annotated[
        Positional[tuple[str, ...]], arg(metavar="OPTION ...", help_behavior_hint="")
    ] = ()


@dataclass(frozen=True)
class Train:
    """Train a network. Ctrl-C keeps its state; the same command goes on from there.

    Settings that are left out are the usual ones of the pictures.

    Args:
        data: Pictures to train on, e.g. mnist-r; `list data` names all.
        model: Network, e.g. st-cnn; `list models` names all.
        steps: Optimiser steps.
        out: Folder for the state and, at the end, the checkpoint.
        resume: Go on with the unfinished run in this folder, with the settings it began with.
        transform: Transform of a network with st- in its name, e.g. affine; `list transforms` names
            all.
        network: Changes of the network, e.g. width=48, or backbone=resnet50 for birds.
        init_from: Checkpoint to begin with instead of new weights, as far as it fits: its name, its
            folder, or the pictures of one of the same network, e.g. mnist-r; "" for new weights.
        seed: Fixes the weights at the start and every batch; 0 for most pictures.
        batch_size: Pictures a step, over all processes together. Digits: 256.
        precision: Of the convolutions; theta and grids are float32 in any case.
        device: Where to compute.
        threads: Processor threads; as many as torch likes by default.
        data_dir: Folder with MNIST; STNVIZ_DATA or ./data by default.
        every: Steps between two lines of progress.
        capture: On a GPU, launch every kernel of a step by itself instead of all as one graph.
    """

    module: ClassVar[str] = "train"

    data: Annotated[str, arg(metavar="NAME", help_behavior_hint="")] = ""
    model: Annotated[str, arg(metavar="NAME", help_behavior_hint="")] = ""
    steps: Annotated[int, arg(metavar="N", help_behavior_hint="")] = 0
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    resume: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    transform: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    network: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE ...", help_behavior_hint="")] = ()
    init_from: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    seed: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    batch_size: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    learning_rate: Annotated[float | None, _hyperparameter("learning_rate")] = None
    localisation_lr_ratio: Annotated[float | None, _hyperparameter("localisation_lr_ratio")] = None
    dropout: Annotated[float | None, _hyperparameter("dropout")] = None
    elastic_augmentation: Annotated[float | None, _hyperparameter("elastic_augmentation")] = None
    weight_decay: Annotated[float | None, _hyperparameter("weight_decay")] = None
    label_smoothing: Annotated[float | None, _hyperparameter("label_smoothing")] = None
    ema_decay: Annotated[float | None, _hyperparameter("ema_decay")] = None
    identity_penalty: Annotated[float | None, _hyperparameter("identity_penalty")] = None
    consistency_weight: Annotated[float | None, _hyperparameter("consistency_weight")] = None
    perturbation: Annotated[float | None, _hyperparameter("perturbation")] = None
    curriculum: Annotated[float | None, _hyperparameter("curriculum")] = None
    patience: Annotated[int | None, _hyperparameter("patience")] = None
    precision: Annotated[
        str | None, arg(metavar="auto|float32|bfloat16", help_behavior_hint="")
    ] = None
    device: Device = "auto"
    threads: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    data_dir: DataDir = None
    every: Annotated[int, arg(metavar="N")] = 50
    capture: bool = True


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
        kind: What to list.
        json: Print a list of objects instead of text.
        root: Folder below which checkpoints lie; the shipped ones by default.
    """

    module: ClassVar[str] = "catalogue"

    kind: Positional[Listing]
    json: bool = False
    root: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None


@dataclass(frozen=True)
class Reproduce:
    """Re-train the networks of a paper's table, or report on trained ones; resumable at any point.

    Args:
        what: Which table: table1 of Jaderberg et al. 2015; attention: several transformers; steps:
            multi-step transformers.
        cells: Only these, e.g. mnist-r/st-cnn-affine mnist-r/cnn; all of them by default.
        num_seeds: Runs of each cell, from as many seeds; the table shows their mean.
        jobs: Cells trained at the same time.
        out: Folder for the runs; runs and the name of the table by default.
        report_only: Train nothing: measure the checkpoints again (the shipped ones, or those in
            --out).
        json: Print the table as a list of objects.
        markdown: Print the table as Markdown.
        device: Where to compute.
        data_dir: Folder with MNIST; STNVIZ_DATA or ./data by default.
    """

    module: ClassVar[str] = "reproduce"

    what: Positional[Literal["table1", "attention", "steps"]]
    cells: Annotated[tuple[str, ...], arg(metavar="CELL ...", help_behavior_hint="")] = ()
    num_seeds: Annotated[int, arg(metavar="N")] = 1
    jobs: Annotated[int, arg(metavar="N")] = 1
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    report_only: bool = False
    json: bool = False
    markdown: bool = False
    device: Device = "auto"
    data_dir: DataDir = None


@dataclass(frozen=True)
class Fetch:
    """Download a data set. Ctrl-C keeps what has come; the same command goes on from there.

    Args:
        data: Data set: mnist (12 MB), cub (1.2 GB), svhn (0.7 GB); or web-runtime, the program with
            which pages compute by themselves (by npm, 15 MB).
        data_dir: Folder for data sets; STNVIZ_DATA or ./data by default.
    """

    module: ClassVar[str] = "fetch"

    data: Positional[Fetchable]
    data_dir: DataDir = None


@dataclass(frozen=True)
class Handout:
    """Write lessons as a PDF to print: one page each, the answers on the last pages.

    Args:
        lessons: Names of lessons, as their links have them; all of them by default.
        output: The PDF.
        lang: Language of the lessons.
    """

    module: ClassVar[str] = "handout"

    output: Annotated[Path, arg(metavar="FILE", aliases=("-o",))]
    lessons: Annotated[
        Positional[tuple[str, ...]], arg(metavar="LESSON ...", help_behavior_hint="")
    ] = ()
    lang: Annotated[str, arg(metavar="en|de")] = "en"


Command = (
    Run
    | Train
    | Evaluate
    | List
    | Reproduce
    | Fetch
    | Open
    | Capture
    | Health
    | Align
    | Export
    | Handout
    | Render
    | Site
)

_COMMANDS = (
    Annotated[Run, subcommand("run")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[List, subcommand("list")]
    | Annotated[Reproduce, subcommand("reproduce")]
    | Annotated[Fetch, subcommand("fetch")]
    | Annotated[Open, subcommand("open")]
    | Annotated[Capture, subcommand("capture")]
    | Annotated[Health, subcommand("health")]
    | Annotated[Align, subcommand("align")]
    | Annotated[Export, subcommand("export")]
    | Annotated[Handout, subcommand("handout")]
    | Annotated[Render, subcommand("render")]
    | Annotated[Site, subcommand("site")]
)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def with_new_names(arguments: Sequence[str]) -> list[str]:
    """Old flags under their new names; each is printed once, on standard error."""
    names = old_names.OPTIONS.get(arguments[0], {}) if arguments else {}
    flags = {_flag(old): _flag(new) for old, new in names.items()}
    renamed = []
    for argument in arguments:
        flag, equals, value = argument.partition("=")
        if new := flags.get(flag.replace("_", "-")):
            print(f"{flag} is now {new}.", file=sys.stderr)
            renamed.append(f"{new}{equals}{value}")
        else:
            renamed.append(argument)
    return renamed


def parse(arguments: Sequence[str] | None = None) -> Command:
    """Read a command line; tyro prints help and mistakes itself and leaves with code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"] and not {"-h", "--help"} & {*given}:
        return Run(tuple(given[1:]))  # Streamlit knows its options
    command: Command = tyro.cli(
        _COMMANDS,
        prog="stnviz" if Path(sys.argv[0]).stem == "stnviz" else "python -m stnviz",
        description="See spatial transformer networks, train and measure them, say what there is.",
        args=with_new_names(given),
        config=(FlagCreatePairsOff,),
    )
    return command

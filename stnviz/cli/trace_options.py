"""The options of the commands on traces: open, capture, health, align. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

Size = Annotated[tuple[int, int] | None, arg(metavar="HEIGHT WIDTH", help_behavior_hint="")]
Numbers = Annotated[tuple[float, ...], arg(metavar="X ...", help_behavior_hint="")]
Weights = Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")]


@dataclass(frozen=True)
class Open:
    """Start the app with a trace on its Debug page.

    Args:
        file: Trace file, as `stnviz capture` or trace.save writes it.
        port: Port of the app; another one is chosen if it is in use.
        host: Address that the app listens at.
    """

    module: ClassVar[str] = "open_trace"

    file: Annotated[Positional[Path], arg(metavar="FILE")]
    port: Annotated[int, arg(metavar="N")] = 8501
    host: Annotated[str, arg(metavar="ADDRESS")] = "127.0.0.1"


@dataclass(frozen=True)
class Capture:
    """Run a network of your own on pictures, save what its transformers do, and judge it.

    The function is imported and called on this machine, with the current folder on the path.

    Args:
        network: Function that returns the network, a torch.nn.Module, as in net:create_network.
        images: Folder of pictures.
        output: File of the trace.
        weights: Its weights: a state dict, as safetensors or as torch.save writes it.
        size: Size that the pictures are brought to; needed if they differ in size.
        normalise: Mean and standard deviation that the network's pictures are normalised with: two
            numbers, or three means and three deviations. Pictures are in [0, 1] without it.
        grey: Give the network one channel instead of three.
        count: Largest number of pictures.
    """

    module: ClassVar[str] = "capture"

    network: Annotated[Positional[str], arg(metavar="MODULE:FUNCTION")]
    images: Annotated[Path, arg(metavar="FOLDER")]
    output: Annotated[Path, arg(metavar="FILE", aliases=("-o",))]
    weights: Weights = None
    size: Size = None
    normalise: Numbers = ()
    grey: bool = False
    count: Annotated[int, arg(metavar="N")] = 64


@dataclass(frozen=True)
class Health:
    """Say what is wrong with the transformers of a trace or of a checkpoint; exit code 1 if ill.

    Args:
        what: Trace file, or a checkpoint: its name, as `list checkpoints` has it, or its folder.
        json: Print an object instead of text.
        count: Pictures that a checkpoint is examined on.
        data_dir: Folder of data sets; STNVIZ_DATA or ./data by default.
    """

    module: ClassVar[str] = "health"

    what: Annotated[Positional[str], arg(metavar="FILE|CHECKPOINT")]
    json: bool = False
    count: Annotated[int, arg(metavar="N")] = 64
    data_dir: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None


@dataclass(frozen=True)
class Align:
    """Write what a transformer makes of the pictures of a folder: straightened, cut out.

    Args:
        model: Checkpoint, its name or its folder, or a function as for `stnviz capture`.
        folder: Folder of pictures.
        output: Folder that the straightened pictures are written to, as PNG with the same names.
        weights: Weights of a network of your own.
        size: Size that the pictures are brought to; a checkpoint has its own.
        normalise: As for `stnviz capture`.
        grey: Give a network of your own one channel instead of three.
        lane: Letter of the transformer, if there are several.
        windows: Write the pictures with the windows drawn on them as well, to OUTPUT/windows.
    """

    module: ClassVar[str] = "align"

    model: Annotated[Positional[str], arg(metavar="MODEL")]
    folder: Annotated[Positional[Path], arg(metavar="FOLDER")]
    output: Annotated[Path, arg(metavar="DIR", aliases=("-o",))]
    weights: Weights = None
    size: Size = None
    normalise: Numbers = ()
    grey: bool = False
    lane: Annotated[str, arg(metavar="LETTER")] = "A"
    windows: bool = False

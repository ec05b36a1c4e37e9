"""stnviz: see what spatial transformer networks do.

This module exports the public names. Each is imported from its own module on first use, so
``import stnviz`` is fast and loads neither torch nor matplotlib.

Example:
    >>> import stnviz, torch
    >>> model = stnviz.load_model("mnist-r/st-cnn-affine")
    >>> trace = stnviz.inspect(model, torch.rand(4, 1, 28, 28))
    >>> stnviz.plot_grid(trace, 0).savefig("grid.png")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stnviz.version import __version__

if TYPE_CHECKING:
    from stnviz.analysis.alignment.class_pictures import class_pictures
    from stnviz.analysis.alignment.noise import measure_noise
    from stnviz.analysis.alignment.sweep import measure_alignment
    from stnviz.analysis.capture.capture import capture, record
    from stnviz.analysis.health.health import health
    from stnviz.analysis.inspect import inspect
    from stnviz.checkpoints.pretrained import list_checkpoints, load_model
    from stnviz.models.spatial_transformer import SpatialTransformer
    from stnviz.plots.alignment import plot_alignment, plot_noise
    from stnviz.plots.class_pictures import plot_class_pictures
    from stnviz.plots.figures import plot_grid, plot_theta, plot_windows
    from stnviz.plots.jacobian import plot_jacobian
    from stnviz.records.health import HealthReport, Verdict
    from stnviz.records.trace import Trace
    from stnviz.records.trace_file import load_trace
    from stnviz.transforms import create_transform
    from stnviz.watching.watcher import watch

__all__ = [
    "HealthReport",
    "SpatialTransformer",
    "Trace",
    "Verdict",
    "__version__",
    "capture",
    "class_pictures",
    "create_transform",
    "health",
    "inspect",
    "list_checkpoints",
    "load_model",
    "load_trace",
    "measure_alignment",
    "measure_noise",
    "plot_alignment",
    "plot_class_pictures",
    "plot_grid",
    "plot_jacobian",
    "plot_noise",
    "plot_theta",
    "plot_windows",
    "record",
    "watch",
]

_MODULES = {
    "HealthReport": "stnviz.records.health",
    "SpatialTransformer": "stnviz.models.spatial_transformer",
    "Trace": "stnviz.records.trace",
    "Verdict": "stnviz.records.health",
    "capture": "stnviz.analysis.capture.capture",
    "class_pictures": "stnviz.analysis.alignment.class_pictures",
    "create_transform": "stnviz.transforms",
    "health": "stnviz.analysis.health.health",
    "inspect": "stnviz.analysis.inspect",
    "list_checkpoints": "stnviz.checkpoints.pretrained",
    "load_model": "stnviz.checkpoints.pretrained",
    "load_trace": "stnviz.records.trace_file",
    "measure_alignment": "stnviz.analysis.alignment.sweep",
    "measure_noise": "stnviz.analysis.alignment.noise",
    "plot_alignment": "stnviz.plots.alignment",
    "plot_class_pictures": "stnviz.plots.class_pictures",
    "plot_grid": "stnviz.plots.figures",
    "plot_jacobian": "stnviz.plots.jacobian",
    "plot_noise": "stnviz.plots.alignment",
    "plot_theta": "stnviz.plots.figures",
    "plot_windows": "stnviz.plots.figures",
    "record": "stnviz.analysis.capture.capture",
    "watch": "stnviz.watching.watcher",
}
"""Module that defines each public name; the imports above tell editors and mypy the same."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(_MODULES[name]), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "stnviz":
            raise
        raise ModuleNotFoundError(
            f"stnviz.{name} needs the package {package}: install it with "
            f"pip install 'stnviz[{'plots' if name.startswith('plot_') else 'app'}]'.",
            name=error.name,
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, including those not imported yet."""
    return sorted({*globals(), *__all__})

"""Data records shared by all parts of the package: frozen dataclasses of numpy arrays.

A :class:`Trace` is what spatial transformers did to some images; it is what the app shows. A
:class:`History` is how a network learned it. Neither torch nor streamlit is needed to load them.
"""

from stnviz.records.conventions import conventional_grid
from stnviz.records.disagreement import ComparedImages, Disagreement
from stnviz.records.health import HealthReport, TransformerHealth, Verdict
from stnviz.records.history import History, Snapshot
from stnviz.records.measured import Evaluation, StepMetrics
from stnviz.records.parameter import Parameter
from stnviz.records.predictions import Predictions
from stnviz.records.sampler_call import ArraySummary, SamplerCall
from stnviz.records.trace import Array, Kind, Step, Trace
from stnviz.records.trace_file import load_trace
from stnviz.records.track import Track
from stnviz.records.view import View

__all__ = [
    "Array",
    "ArraySummary",
    "ComparedImages",
    "Disagreement",
    "Evaluation",
    "HealthReport",
    "History",
    "Kind",
    "Parameter",
    "Predictions",
    "SamplerCall",
    "Snapshot",
    "Step",
    "StepMetrics",
    "Trace",
    "Track",
    "TransformerHealth",
    "Verdict",
    "View",
    "conventional_grid",
    "load_trace",
]

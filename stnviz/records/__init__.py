"""Data records shared by all parts of the package: frozen dataclasses of numpy arrays.

A :class:`Trace` is what spatial transformers did to some images; it is what the app shows. A
:class:`History` is how a network learned it. Neither torch nor streamlit is needed to load them.
"""

from stnviz.records.disagreement import ComparedImages, Disagreement
from stnviz.records.history import History, Snapshot
from stnviz.records.measured import Evaluation, StepMetrics, Verdict
from stnviz.records.parameter import Parameter
from stnviz.records.predictions import Predictions
from stnviz.records.trace import Array, Step, Trace, load_trace
from stnviz.records.track import Track
from stnviz.records.view import View

__all__ = [
    "Array",
    "ComparedImages",
    "Disagreement",
    "Evaluation",
    "History",
    "Parameter",
    "Predictions",
    "Snapshot",
    "Step",
    "StepMetrics",
    "Trace",
    "Track",
    "Verdict",
    "View",
    "load_trace",
]

"""What the rooms of the house hand to one another: frozen records of arrays.

A :class:`Trace` is what some spatial transformers did to some images; everything this
program shows is one. A :class:`History` is how a network came to do it. Neither torch nor
streamlit is needed to read them.
"""

from stnviz.records.disagreement import ComparedImages, Disagreement
from stnviz.records.history import History, Snapshot
from stnviz.records.measured import Evaluation, TrainingRecord, Verdict
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
    "Trace",
    "Track",
    "TrainingRecord",
    "Verdict",
    "View",
    "load_trace",
]

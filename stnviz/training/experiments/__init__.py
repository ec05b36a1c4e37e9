"""The experiments: which networks are compared on which pictures, one family a file."""

from stnviz.training.experiments import addition as addition  # each registers its own
from stnviz.training.experiments import colocalise as colocalise
from stnviz.training.experiments import digits as digits
from stnviz.training.experiments import flocks as flocks
from stnviz.training.experiments import glasses as glasses
from stnviz.training.experiments import iterative as iterative
from stnviz.training.experiments import numbers as numbers
from stnviz.training.experiments import sequences as sequences
from stnviz.training.experiments import svhn as svhn
from stnviz.training.experiments.contract import EXPERIMENTS, Experiment, Part, has_transformer

__all__ = ["EXPERIMENTS", "Experiment", "Part", "has_transformer"]

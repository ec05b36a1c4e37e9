"""Registry of all experiments by the name of their data set; importing this registers them."""

from stnviz.experiments import addition as addition  # each registers its own
from stnviz.experiments import bird_sets as bird_sets
from stnviz.experiments import colocalise as colocalise
from stnviz.experiments import digits as digits
from stnviz.experiments import glasses as glasses
from stnviz.experiments import iterative as iterative
from stnviz.experiments import numbers as numbers
from stnviz.experiments import sequences as sequences
from stnviz.experiments import svhn as svhn
from stnviz.experiments import volumes as volumes
from stnviz.experiments.contract import EXPERIMENTS

__all__ = ["EXPERIMENTS"]

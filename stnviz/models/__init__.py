"""Localisation networks, transformers and classifiers, and how to build them."""

from stnviz.models import addition as addition  # each registers its family
from stnviz.models import birds as birds
from stnviz.models import compositor as compositor
from stnviz.models import digits as digits
from stnviz.models import finder as finder
from stnviz.models import iterative as iterative
from stnviz.models import numbers as numbers
from stnviz.models import sequences as sequences
from stnviz.models import volumes as volumes
from stnviz.models.output import MODELS, Model, Output, create_model
from stnviz.models.spatial_transformer import SpatialTransformer

__all__ = ["MODELS", "Model", "Output", "SpatialTransformer", "create_model"]

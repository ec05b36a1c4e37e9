"""stnviz: see what spatial transformer networks do."""

__version__ = "0.1.0"

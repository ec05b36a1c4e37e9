"""How Sphinx makes the guides and the API reference: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stnviz import __version__

project = "stnviz"
author = "The stnviz developers"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns: list[str] = []
myst_heading_anchors = 3
highlight_language = "text"

# Shapes stand in the signatures, as they do in the source; arguments are in their docstrings.
autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"stnviz {release}"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a5f99", "color-brand-content": "#1a5f99"},
    "dark_css_variables": {"color-brand-primary": "#58a6e0", "color-brand-content": "#58a6e0"},
}

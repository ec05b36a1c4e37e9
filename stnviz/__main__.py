"""``python -m stnviz``: see :mod:`stnviz.cli`."""

from __future__ import annotations

import sys

from stnviz.cli import main

sys.exit(main())

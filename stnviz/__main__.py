"""Entry point of ``stnviz`` and ``python -m stnviz``: see :mod:`stnviz.cli`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; report the missing package where only the core is installed."""
    try:
        from stnviz.cli import main as run
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "stnviz":
            raise
        print(
            f"The command line needs the package {package}: "
            "install it with pip install 'stnviz[train]', or 'stnviz[app]' for the app as well.",
            file=sys.stderr,
        )
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())

"""The command ``site``: pages as static files."""

from __future__ import annotations

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.library import default_library
from stnviz.cli.console import UsageError, as_sentence
from stnviz.cli.site_options import Site
from stnviz.registry import UnknownName
from stnviz.runs.exit_codes import DONE
from stnviz.site.build import build_site


def run(options: Site) -> int:
    """Write the site.

    Raises:
        UsageError: a network does not exist or does not load, or the folder cannot be written.
        ResourceNotFound: the runtime or a package is not installed.
    """
    try:
        files = build_site(options.output, default_library(), options.models, print)
    except (UnknownName, BadCheckpoint) as error:
        raise UsageError(as_sentence(error)) from error
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {as_sentence(error)}.") from error
    size = sum(path.stat().st_size for path in files) / 1e6
    print(
        f"{options.output}: {len(files)} files, {size:.1f} MB. Copy the folder to any web host, or "
        f"look at it with `python -m http.server --directory {options.output}`."
    )
    return DONE

"""The command ``site``: pages as static files."""

from __future__ import annotations

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.library import default_library
from stnviz.cli.console import UsageError, as_sentence
from stnviz.cli.site_options import Site
from stnviz.registry import UnknownName
from stnviz.runs.exit_codes import DONE
from stnviz.site.build import build_file, build_site


def run(options: Site) -> int:
    """Write the site.

    Raises:
        UsageError: a network does not exist or does not load, or the folder cannot be written.
        ResourceNotFound: the runtime or a package is not installed.
    """
    output, single = options.output, options.single_file
    if output.is_dir() if single else output.is_file():
        kind = "folder" if single else "file"
        raise UsageError(f"{output} is a {kind}: name another place, or the other kind of site.")
    if options.opens and not single:
        raise UsageError("--opens is for --single-file: a site opens what its address says.")
    try:
        if single:
            opens = options.opens.partition("?")[2] or options.opens
            files = [build_file(output, default_library(), options.models, print, opens)]
        else:
            files = build_site(output, default_library(), options.models, print)
    except (UnknownName, BadCheckpoint) as error:
        raise UsageError(as_sentence(error)) from error
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {as_sentence(error)}.") from error
    size = sum(path.stat().st_size for path in files) / 1e6
    hint = (
        "Open it in a browser."
        if single
        else "Copy the folder to any web host, or look at it with "
        f"`python -m http.server --directory {output}`."
    )
    count = "one file" if single else f"{len(files)} files"
    print(f"{output}: {count}, {size:.1f} MB. {hint}")
    return DONE

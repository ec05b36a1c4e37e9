"""The command ``handout``: lessons as a PDF to print."""

from __future__ import annotations

from pathlib import Path

from stnviz.cli.console import UsageError, as_sentence, print_error
from stnviz.cli.options import Handout
from stnviz.files import write_atomically
from stnviz.lessons import languages, read_course
from stnviz.plots.handout import handout
from stnviz.runs.exit_codes import DONE
from stnviz.settings import lessons_folder


def run(options: Handout) -> int:
    """Write the handout; lesson files that are broken are named.

    Raises:
        UsageError: a lesson or the language does not exist, or the file cannot be written.
    """
    if options.lang not in languages():
        raise UsageError(f"--lang must be one of {', '.join(languages())}.")
    course = read_course(options.lang, lessons_folder())
    for trouble in course.troubles:
        print_error(trouble)
    known = [lesson.name for lesson in course.lessons]
    unknown = [name for name in options.lessons if name not in known]
    if unknown:
        raise UsageError(
            f"There is no lesson {', '.join(unknown)}: name some of {', '.join(known)}, or none "
            "for all of them."
        )
    wanted = options.lessons or tuple(known)
    found = [lesson for name in wanted if (lesson := course.find(name))]
    data = handout(found, options.lang)

    def fill(passing: Path) -> None:
        passing.write_bytes(data)

    try:
        write_atomically(options.output, fill)
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {as_sentence(error)}.") from error
    count = f"{len(found)} lesson{'' if len(found) == 1 else 's'}"
    print(f"{count} and the answers are in {options.output}.")
    return DONE

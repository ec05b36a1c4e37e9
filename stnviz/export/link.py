"""Links of the app, read into the page and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from stnviz.export.scenes.scene import NotExportable

PAGES = ("play", "inside", "attention", "steps", "video", "time_machine", "results", "debug")
"""The pages whose figures can be exported."""

LONGEST = 8_000
WHOLE_DIGITS = 10
MOST_NUMBERS, LARGEST = 64, 100.0


@dataclass(frozen=True)
class Link:
    """A page and its parameters.

    Args:
        page: one of :data:`PAGES`.
        query: parameters by name; of several of one name, the last.
    """

    page: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden(self) -> frozenset[str]:
        """The parts that the link hides."""
        return frozenset(filter(None, self.query.get("hide", "").split(",")))

    def text(self) -> str:
        """Page and parameters as a relative link."""
        from urllib.parse import urlencode

        query = urlencode(dict(self.query), safe=",/:;")
        path = "" if self.page == "play" else self.page
        return f"{path}?{query}" if query else path or "?"

    def whole(self, name: str, otherwise: int) -> int:
        """A whole number; ``otherwise`` if the link has none.

        Raises:
            NotExportable: it is no whole number of at most ten digits.
        """
        text = self.query.get(name)
        if text is None or text == "":
            return otherwise
        if not (text.isascii() and text.isdecimal() and len(text) <= WHOLE_DIGITS):
            raise NotExportable(f"The link's {name} must be a whole number: copy the link again.")
        return int(text)

    def numbers(self, name: str) -> list[float]:
        """Numbers with commas between them.

        Raises:
            NotExportable: they are none, or too many.
        """
        try:
            found = [float(text) for text in self.query.get(name, "").split(",")]
        except ValueError:
            found = []
        if not 0 < len(found) <= MOST_NUMBERS or not all(abs(one) <= LARGEST for one in found):
            raise NotExportable(
                f"The link's {name} must be numbers from -{LARGEST:g} to {LARGEST:g} with commas "
                "between them."
            )
        return found


def read_link_text(text: str) -> Link | None:
    """A link of the app: absolute, or relative as in a list of links; None if it is none.

    Args:
        text: such as ``http://127.0.0.1:8501/steps?model=...`` or ``steps?picture=3``.

    Raises:
        NotExportable: it leads to a page without a figure, or is too long.
    """
    absolute = text.startswith(("http://", "https://"))
    path, has_query, _ = text.partition("?")
    if not absolute and not has_query and path.strip("/") not in PAGES:
        return None
    if len(text) > LONGEST:
        raise NotExportable("The link is too long to be one of this app: copy it again.")
    try:
        parts = urlsplit(text)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError as error:
        raise NotExportable(f"The link cannot be read ({error}): copy it again.") from error
    page = parts.path.rpartition("/")[2]  # empty for the first page, also below a base path
    if page and page not in PAGES:
        raise NotExportable(
            f"The page {page[:40]!r} has no figure to export: choose {', '.join(PAGES)}."
        )
    return Link(page or "play", query)

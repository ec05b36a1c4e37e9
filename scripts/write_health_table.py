"""Write the table of verdicts in docs/health.md anew, from the checks themselves."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.analysis.health.table import rows  # noqa: E402

GUIDE = ROOT / "docs" / "health.md"
HEAD = """\
| verdict | severity | what it means | how it is measured | what to do |
|---|---|---|---|---|"""


def main() -> None:
    before, _, rest = GUIDE.read_text(encoding="utf-8").partition(HEAD)
    after = rest.split("\n\n", 1)[1]
    GUIDE.write_text(before + "\n".join([HEAD, *rows()]) + "\n\n" + after, encoding="utf-8")


if __name__ == "__main__":
    main()

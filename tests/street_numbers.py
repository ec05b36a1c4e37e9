"""A small archive of house numbers in SVHN's full-number format, as MATLAB writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

Digit = tuple[int, tuple[float, float, float, float]]
"""Label, where 10 is the digit 0, and left, top, width, height."""

HOUSES: list[tuple[str, list[Digit]]] = [
    ("1.png", [(10, (30, 20, 10, 20))]),
    ("2.png", [(7, (10, 12, 8, 16)), (4, (19, 12, 8, 16)), (2, (28, 13, 8, 16))]),
]


def write_archive(folder: Path, houses: list[tuple[str, list[Digit]]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "digitStruct.mat", "w") as file:
        hidden = file.create_group("#refs#")
        names, boxes = [], []
        for number, (name, digits) in enumerate(houses):
            text = np.array([[ord(letter)] for letter in name], np.uint16)
            names.append(hidden.create_dataset(f"n{number}", data=text).ref)
            group = hidden.create_group(f"b{number}")
            columns = {
                "label": [label for label, _ in digits],
                **{key: [box[k] for _, box in digits]
                   for k, key in enumerate(("left", "top", "width", "height"))},
            }  # fmt: skip
            for key, values in columns.items():
                write_numbers(hidden, group, f"{number}{key}", key, values)
            boxes.append(group.ref)
        struct = file.create_group("digitStruct")
        for key, references in (("name", names), ("bbox", boxes)):
            made = struct.create_dataset(key, (len(references), 1), h5py.ref_dtype)
            made[:, 0] = references
    return folder


def write_numbers(hidden: Any, group: Any, stem: str, key: str, values: list[float]) -> None:
    """One number as it is, several as references, as MATLAB does."""
    if len(values) == 1:
        group.create_dataset(key, data=np.array([values], np.float64))
        return
    made = group.create_dataset(key, (len(values), 1), h5py.ref_dtype)
    for row, value in enumerate(values):
        made[row, 0] = hidden.create_dataset(f"{stem}{row}", data=np.array([[value]])).ref


def write_pictures(folder: Path, names: list[str]) -> None:
    for name in names:
        pixels = np.zeros((50, 80, 3), np.uint8)
        pixels[20:40, 30:40] = 255
        Image.fromarray(pixels).save(folder / name)

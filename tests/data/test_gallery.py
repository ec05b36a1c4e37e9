"""The digits inside the package."""

from __future__ import annotations

import numpy as np
import pytest

from stnviz.data.digits import (
    DIGIT,
    GALLERY_COUNT,
    GALLERY_SPLIT,
    VALIDATION,
    gallery,
    part_of_gallery,
)


@pytest.mark.smoke
def test_the_gallery_is_read_once() -> None:
    assert gallery() is gallery()


@pytest.mark.cardinality
def test_the_gallery_holds_ten_thousand_digits() -> None:
    digits = gallery()
    assert len(digits) == GALLERY_COUNT == 10_000
    assert digits.images.shape == (GALLERY_COUNT, DIGIT, DIGIT)
    assert digits.images.dtype == digits.labels.dtype == np.uint8


@pytest.mark.cardinality
def test_each_digit_is_there_as_often_as_at_the_start_of_mnist() -> None:
    counts = np.bincount(gallery().labels, minlength=10)
    assert counts.tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]


@pytest.mark.feature
def test_digits_come_in_turns_as_long_as_they_last() -> None:
    labels = gallery().labels
    in_turns = 10 * int(np.bincount(labels).min())
    np.testing.assert_array_equal(labels[:in_turns], np.arange(in_turns) % 10)


@pytest.mark.feature
def test_ink_is_bright_and_a_one_has_least_of_it() -> None:
    digits = gallery()
    assert digits.images.max() == 255
    assert digits.images[:, 0].max() == 0
    ink = [digits.images[digits.labels == label].mean() for label in range(10)]
    assert np.argmin(ink) == 1
    assert np.argmax(ink) == 0


@pytest.mark.feature
def test_no_digit_is_there_twice() -> None:
    assert len({image.tobytes() for image in gallery().images}) == GALLERY_COUNT


@pytest.mark.feature
def test_the_parts_of_the_gallery_hold_every_digit_and_share_none() -> None:
    parts = [VALIDATION, *GALLERY_SPLIT.values()]
    places = [set(range(GALLERY_COUNT)[part]) for part in parts]
    assert sum(map(len, places)) == len(set.union(*places)) == GALLERY_COUNT
    for part in parts:
        assert set(part_of_gallery(part).labels) == set(range(10))

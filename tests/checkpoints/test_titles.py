"""What networks are called on pages and in tables."""

from __future__ import annotations

import pytest

from stnviz.checkpoints.titles import TRANSFORM_TITLES, network_title
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.transforms import TRANSFORMS, VOLUME_TRANSFORMS


@pytest.mark.feature
@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cnn", "Plain CNN"),
        ("st-fcn", "ST-FCN"),
        ("2st-cnn", "2\u00d7ST-CNN"),
        ("st-cnn-multi", "ST-CNN Multi"),
        ("st-finder", "Finder"),
    ],
)
def test_networks_are_called_as_the_papers_call_them(name: str, title: str) -> None:
    assert network_title(name) == title
    assert network_title(name, "affine") == f"{title} affine"


@pytest.mark.cardinality
def test_every_network_and_transform_has_a_title_of_its_own() -> None:
    names = {name for _, experiment in EXPERIMENTS for name in experiment.models}
    assert len({network_title(name) for name in names}) == len(names)
    assert set(TRANSFORM_TITLES) == {*TRANSFORMS.names(), *VOLUME_TRANSFORMS.names()}

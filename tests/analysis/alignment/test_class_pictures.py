"""What the images of a class have in common before and after a transformer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stnviz
from stnviz.analysis.alignment.class_pictures import class_pictures
from stnviz.analysis.alignment.known_distortion import distort_images
from tests.followers import Follower, blobs


@pytest.mark.feature
def test_a_transformer_that_follows_makes_the_images_of_a_class_alike() -> None:
    one = blobs(1)
    turned = torch.cat([distort_images(one, "angle", 0.2 * k) for k in range(-2, 3)])
    images = torch.cat([turned, 0.5 * turned[:2]])
    found = class_pictures(stnviz.inspect(Follower(), images), [4] * 5 + [7] * 2)
    assert found.labels.tolist() == [4, 7]
    assert found.counts.tolist() == [5, 2]
    assert found.mean_before.shape == found.variance_after.shape == (2, 1, 48, 48)
    np.testing.assert_allclose(found.mean_before[0], turned.mean(dim=0), atol=1e-6)
    np.testing.assert_allclose(found.variance_before[0], turned.var(dim=0, correction=0), atol=1e-6)
    assert (found.variance_ratio < 0.05).all()
    assert found.mean_after[0].mean() > 0
    ends = found.mean_before[0, 0, :, 36], found.mean_after[0, 0, :, 36]
    assert ends[1].max() > 1.5 * ends[0].max()  # its tips no longer fan out


@pytest.mark.exception
def test_labels_and_lanes_that_do_not_fit_are_said() -> None:
    trace = stnviz.inspect(Follower(), blobs(2))
    with pytest.raises(ValueError, match="give one for each"):
        class_pictures(trace, [1])
    with pytest.raises(ValueError, match="no transformer in lane 3: choose one of 0"):
        class_pictures(trace, [1, 2], lane=3)

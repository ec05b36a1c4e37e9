"""Answers of a model while noise is added to theta."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stnviz
from stnviz.data.digits import gallery
from tests.followers import Fixed, Follower, blobs


class Restless(Fixed):
    """Its window is another one each time."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.theta.data[2] = torch.rand(()) + 1 - self.theta.data[2]
        return super().forward(images)


@pytest.mark.slow
@pytest.mark.feature
def test_the_error_of_a_shipped_network_grows_with_the_noise() -> None:
    images = torch.from_numpy(gallery().images[:48])[:, None].float() / 255
    labels = torch.from_numpy(gallery().labels[:48]).long()
    model = stnviz.load_model("mnist-r/st-cnn-affine")
    curve = stnviz.measure_noise(model, images, labels, levels=(0.0, 0.1, 0.8))
    assert curve.levels.tolist() == [0, 0.1, 0.8]
    assert curve.agreement[0] == 1
    assert curve.agreement[1] > 0.7 > curve.agreement[2]
    assert curve.error is not None
    answers = stnviz.inspect(model, images).probabilities.argmax(axis=1)
    assert curve.error[0] == pytest.approx(float((answers != labels.numpy()).mean()))
    assert curve.error[2] > curve.error[0] + 0.2
    again = stnviz.measure_noise(model, images, levels=(0.1,))
    np.testing.assert_array_equal(again.agreement, curve.agreement[1:2])
    assert again.error is None


@pytest.mark.feature
def test_a_model_that_needs_no_window_does_not_mind() -> None:
    curve = stnviz.measure_noise(Fixed(), torch.rand(8, 1, 24, 24), levels=(0.0, 0.001))
    assert curve.agreement.tolist() == [1, 1]


@pytest.mark.exception
def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(ValueError, match="gives no classes"):
        stnviz.measure_noise(Follower(), blobs(2))
    with pytest.raises(ValueError, match="samples otherwise when it is run again"):
        stnviz.measure_noise(Restless(), torch.rand(4, 1, 8, 8))
    with pytest.raises(ValueError, match="no transformer in lane 1"):
        stnviz.measure_noise(Fixed(), blobs(2), lane=1)

"""A trace drawn without matplotlib, and grids of the other convention."""

from __future__ import annotations

import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from stnviz.records import Trace, conventional_grid
from stnviz.records.drawing import as_picture, as_png
from tests.analysis.capture.cases import CASES


@pytest.mark.smoke
@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_step_is_drawn(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    trace = stnviz.inspect(case.build(), torch.rand(2, *case.shape))
    drawing = trace.show(images=1)
    root = ElementTree.fromstring(drawing._repr_svg_())
    shown = {part.tag.rpartition("}")[2] for part in root.iter()}
    assert "image" in shown
    assert shown & {"path", "circle"}
    drawing.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == drawing.svg


@pytest.mark.feature
def test_names_from_a_file_are_words_and_no_markup() -> None:
    trace = stnviz.inspect(CASES["module"].build(), torch.rand(2, 1, 16, 16))
    (step,) = trace.steps
    object.__setattr__(step, "transform", "<script>alert(1)</script>")
    assert "<script>" not in trace.show().svg


@pytest.mark.feature
def test_what_is_not_finite_is_left_out() -> None:
    trace = stnviz.inspect(CASES["module"].build(), torch.rand(2, 1, 16, 16))
    for array in (trace.steps[0].grid, trace.steps[0].output, trace.images):
        array[:] = np.nan
    assert "nan" not in trace.show().svg


@pytest.mark.oracle
@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_is_what_pillow_reads(channels: int) -> None:
    from io import BytesIO

    from PIL import Image

    picture = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype(np.uint8)
    read = np.asarray(Image.open(BytesIO(as_png(picture)))).reshape(5, 7, channels)
    assert (read == picture).all()
    assert zlib.crc32(picture.tobytes())


@pytest.mark.feature
def test_values_out_of_range_are_scaled_into_it() -> None:
    image = np.linspace(-3, 1, 6, dtype=np.float32).reshape(1, 2, 3)
    assert as_picture(image).ravel().tolist() == [0, 51, 102, 153, 204, 255]
    assert as_picture(image / 10 + 0.5).max() < 255


class Shifted(nn.Module):
    """Moves the picture by one pixel, in either convention."""

    def __init__(self, *, align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners

    def forward(self, x: Tensor) -> Tensor:
        extent = 7 if self.align_corners else 8
        theta = torch.tensor([[1.0, 0, 2 / extent], [0, 1, 0]]).expand(len(x), 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=self.align_corners)
        return F.grid_sample(x, grid, align_corners=self.align_corners)


@pytest.mark.feature
def test_both_conventions_look_at_the_same_points() -> None:
    traces: list[Trace] = [
        stnviz.inspect(Shifted(align_corners=flag), torch.rand(1, 1, 8, 8))
        for flag in (False, True)
    ]
    (one,), (other,) = (trace.steps for trace in traces)
    assert abs(one.grid - other.grid).max() > 0.1
    np.testing.assert_allclose(conventional_grid(one), conventional_grid(other), atol=1e-6)

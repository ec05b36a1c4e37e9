"""A transformer with a theta or a sampler that was set by hand, as Inside shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.inside.opened import NoTransformer, Opened, Sampler, open_transformer
from stnviz.analysis.windows import transform_options
from stnviz.export.scenes.network import LATTICE, NetworkRun, card_of, model_of
from stnviz.export.scenes.scene import Frame, NotExportable, Scene
from stnviz.records import Step, Trace
from stnviz.records.sampler_call import SamplerCall
from stnviz.transforms.thin_plate_spline import control_points


def edited_scene(
    base: Scene, name: str, lane: int, theta: list[float] | None, sampler: Sampler | None
) -> Scene:
    """A scene with one transformer changed.

    Args:
        base: of one frame, with the network as it is.
        name: of the checkpoint.
        lane: of the transformer, which samples the image.
        theta: its numbers; its own by default.
        sampler: how it samples; as the network does by default.

    Raises:
        NotExportable: there is no such transformer, or theta has another length.
    """
    images = torch.from_numpy(np.array(base.sources[0].trace.images[:1]))
    with torch.inference_mode(mode=False), torch.no_grad():
        try:
            opened = open_transformer(model_of(name), images, lane)
        except NoTransformer as error:
            raise NotExportable(str(error)) from error
        row = opened.step.theta.float() if theta is None else torch.tensor([theta])
        if row.shape[1] != opened.transform.size:
            raise NotExportable(
                f"theta has {opened.transform.size} numbers here, not {row.shape[1]}: copy the "
                "link again from the page."
            )
        run = _run(name, opened, row, sampler or opened.sampler)
    distorted = base.draw(0).panels[0].distorted
    panel = run.panel(0, distorted)
    return replace(
        base, name=f"{base.name}-edited", draw=lambda _: Frame((panel,)), sources=(run.source,),
        caption=f"{base.caption} Theta or sampler set by hand.",
    )  # fmt: skip


def _run(name: str, opened: Opened, theta: Tensor, sampler: Sampler) -> NetworkRun:
    """The network's answer with another theta or sampler."""
    grid = opened.grid(theta)
    output, crop = opened.run(grid, sampler)
    own = opened.step
    call = SamplerCall(
        "aten::grid_sampler_2d", kernel=sampler.kernel, padding=sampler.padding,
        align_corners=sampler.align_corners, grid_align_corners=False, theta_source="predicted",
    )  # fmt: skip
    step = Step(own.transform, own.input, theta, grid, crop, own.lane, own.tick, "warp", call)
    shares = output.logits.softmax(dim=-1)
    trace = Trace(
        opened.images.numpy(), (step.map(lambda tensor: tensor.float().numpy()),),
        shares.numpy(), {"model": name, "notes": ["Theta or sampler were set by hand."]},
    )  # fmt: skip
    places = opened.transform.points(theta, control_points(LATTICE)[None]).numpy()
    letter = chr(ord("A") + own.lane % 26)
    options = transform_options(opened.model)
    return NetworkRun(name, card_of(name), trace, ((letter, places),), (crop.numpy(),), options)

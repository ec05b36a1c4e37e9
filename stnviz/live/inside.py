"""Answers on the inside of a network: one transformer, from its input to what its theta changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stnviz.analysis.inside.gradients import Loss, gradients
from stnviz.analysis.inside.localisation import localise
from stnviz.analysis.inside.opened import NoTransformer, Opened, Sampler, open_transformer
from stnviz.checkpoints.card import BadCheckpoint, Card
from stnviz.checkpoints.library import Library
from stnviz.coordinates import aspect_of, base_grid
from stnviz.data.image_source import ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.distorted_input import LATTICE_POINTS, DistortedInput, make_input
from stnviz.live.inside_parts import (
    few_channels,
    image_arrays,
    landscape_rows,
    layer_arrays,
    opencv_matrix,
)
from stnviz.live.model_cache import ModelCache
from stnviz.live.openable import can_be_opened
from stnviz.live.photos import Photos
from stnviz.live.protocol import BadRequest, InsideRequest, encode_answer
from stnviz.models import Model
from stnviz.not_found import ResourceNotFound
from stnviz.records import Array
from stnviz.records.lattices import STAGE_LATTICE

PUSHED = 10_000
"""Pixels of an input that are pushed the wrong way, at most."""


@dataclass(frozen=True)
class Picture:
    """What a network is opened on.

    Args:
        images: (1, C, H, W).
        labels: (1, ...) what it shows; None if that is not known, as for a drawing.
        distorted: how a digit was distorted.
        count: how many images there are to step through; 0 for digits.
    """

    images: Tensor
    labels: Tensor | None
    distorted: DistortedInput | None = None
    count: int = 0


class InsideEngine:
    """Opens the networks of a library; networks and images stay loaded.

    Args:
        library: of checkpoints.

    Attributes:
        photos: of visitors, which requests may name.
    """

    def __init__(self, library: Library) -> None:
        self.models = ModelCache(library, can_be_opened)
        self._pictures: dict[str, ImageSource] = {}
        self.photos = Photos()

    def answer(self, request: InsideRequest) -> bytes:
        """What the request wants to know, encoded.

        Raises:
            BadRequest: the network, the image or theta is impossible; the message says what to do.
        """
        # Gradients cannot be taken of tensors that are made in inference mode.
        with torch.inference_mode(mode=False), torch.no_grad():
            return self._answer(request)

    def _answer(self, request: InsideRequest) -> bytes:
        card = self.models.card(request.inside)
        if card is None:
            known = self.models.known()
            raise BadRequest("inside", f"Choose a network among {known}.", request.id)
        try:
            model = self.models.model(request.inside)
            picture = self._picture(request, card, model)
            opened = open_transformer(model, picture.images, request.lane, request.tick)
        except (BadCheckpoint, ResourceNotFound) as error:
            raise BadRequest("inside", str(error), request.id) from error
        except NoTransformer as error:
            raise BadRequest("lane", str(error), request.id) from error
        theta, sampler = _theta(request, opened), _sampler(request, opened)
        labels = self._labels(request, picture, opened)
        if request.landscape is not None:
            return landscape_rows(request, opened, theta, sampler, self._loss(card, labels))
        return self._encode(request, card, opened, picture, theta, sampler, labels)

    def _picture(self, request: InsideRequest, card: Card, model: Model) -> Picture:
        height, width = model.config.input_size
        if card.family == "digits":
            if request.source is None or request.distortion is None:
                raise BadRequest("source", "Name a digit and how it is distorted.", request.id)
            made = make_input(request.source, request.distortion, (height, width), request.id)
            return Picture(made.image, _digit_label(request), made)
        if request.photo is not None:
            return self._photo(request, model)
        if card.data not in self._pictures:
            experiment = EXPERIMENTS.get(card.data)
            self._pictures[card.data], _ = experiment.open(
                "shown", None, torch.device("cpu"), config=model.config
            )
        pictures, index = self._pictures[card.data], request.picture or 0
        if index >= len(pictures):
            raise BadRequest("picture", f"There are {len(pictures):,}: choose one.", request.id)
        images, labels = pictures.picture(index)
        return Picture(images, labels, None, len(pictures))

    def _photo(self, request: InsideRequest, model: Model) -> Picture:
        photo = self.photos.find(request.photo or "")
        if photo is None or tuple(photo.shape[-2:]) != tuple(model.config.input_size):
            raise BadRequest("photo", "Choose the photo again: it is not kept here.", request.id)
        return Picture(photo, None, None, 1)

    def _labels(self, request: InsideRequest, picture: Picture, opened: Opened) -> Tensor:
        """The (1, ...) classes whose loss is computed: those asked for, the true, or the likely."""
        likely = opened.output.logits.argmax(dim=-1)
        if request.label is None:
            return likely if picture.labels is None else picture.labels
        classes = opened.output.logits.shape[-1]
        if likely.ndim > 1 or request.label >= classes:
            raise BadRequest("label", f"Choose one of {classes} classes.", request.id)
        return torch.full_like(likely, request.label)

    def _loss(self, card: Card, labels: Tensor) -> Loss:
        experiment = EXPERIMENTS.get(card.data)

        def loss(output: Any) -> Tensor:
            repeated = labels.expand(len(output.logits), *labels.shape[1:])
            return experiment.sample_losses(output, repeated, 0.0)

        return loss

    def _encode(
        self, request: InsideRequest, card: Card, opened: Opened, picture: Picture,
        theta: Tensor, sampler: Sampler, labels: Tensor,
    ) -> bytes:  # fmt: skip
        transform = opened.transform
        aspect = aspect_of((opened.images.shape[-2], opened.images.shape[-1]))
        head: dict[str, Any] = {
            "id": request.id, "network": request.inside, "lattice": STAGE_LATTICE,
            "lane": request.lane, "tick": request.tick, "transform": transform.name,
            "transformers": [[step.lane, step.tick] for step in opened.output.steps],
            "parameters": [
                {"name": p.name, "low": p.low, "high": p.high, "unit": p.unit, "help": p.help}
                for p in transform.parameters
            ],
            "identity": transform.identity().tolist(),
            "edited": request.theta is not None, "sampler": vars(sampler),
            "own_sampler": vars(opened.sampler),
            "labels": labels[0].flatten().tolist(), "known": picture.labels is not None,
            "count": picture.count,
            "values": picture.distorted.values if picture.distorted else {},
            "pose": transform.pose(theta[0], aspect),
            "own_pose": transform.pose(opened.step.theta[0], aspect),
        }  # fmt: skip
        arrays: dict[str, Array] = {
            "theta": theta[0].numpy(),
            "own": opened.step.theta[0].numpy(),
            "lattice": transform.points(theta, LATTICE_POINTS[None])[0].numpy(),
            "own_lattice": transform.points(opened.step.theta, LATTICE_POINTS[None])[0].numpy(),
            "grid": opened.grid(theta)[0].numpy(),
            "probabilities": opened.output.logits[0].softmax(dim=-1).numpy(),
        }
        if picture.distorted and (yours := picture.distorted.lattice()) is not None:
            arrays["yours"] = yours
        size = opened.step.input.shape[-2:]
        if size.numel() <= PUSHED:
            base = base_grid((size[0], size[1])).flatten(0, 1)[None]
            arrays["pushed"] = transform.points(theta, base)[0].numpy()
        head["opencv"] = opencv_matrix(opened, theta)
        if "image" in request.want:
            arrays |= image_arrays(opened)
            whole = opened.grid(transform.identity()[None])
            arrays["plain"] = opened.run(whole)[0].logits[0].softmax(dim=-1).numpy()
        if "layers" in request.want and (found := localise(opened)) is not None:
            head["layers"] = layer_arrays(found, arrays)
            head["bounded"] = found.bounded
        self._answer_with(request, card, opened, theta, sampler, labels, head, arrays)
        return encode_answer(head, arrays)

    def _answer_with(
        self, request: InsideRequest, card: Card, opened: Opened, theta: Tensor,
        sampler: Sampler, labels: Tensor, head: dict[str, Any], arrays: dict[str, Array],
    ) -> None:  # fmt: skip
        """The output with this theta, and what the network says about it."""
        if "gradients" in request.want and card.family != "finder":
            found = gradients(opened, theta, self._loss(card, labels), sampler)
            head["loss"] = found.loss
            arrays |= {
                "output_gradient": few_channels(found.output).numpy(),
                "grid_gradient": found.grid.numpy(),
                "theta_gradient": found.theta.numpy(),
            }
            output, sampled = found.answer, found.sampled
        else:
            output, many = opened.run(opened.grid(theta), sampler)
            sampled = many[0]
        arrays["output"] = few_channels(sampled).numpy()
        arrays["answer"] = output.logits[0].softmax(dim=-1).numpy()


def _theta(request: InsideRequest, opened: Opened) -> Tensor:
    if request.theta is None:
        return opened.step.theta
    if len(request.theta) != opened.transform.size:
        raise BadRequest(
            "theta", f"{opened.transform.title} has {opened.transform.size} numbers.", request.id
        )
    return torch.tensor([request.theta], dtype=opened.step.theta.dtype)


def _sampler(request: InsideRequest, opened: Opened) -> Sampler:
    asked = request.sampler
    if asked is None:
        return opened.sampler
    return Sampler(asked.kernel, asked.padding, asked.align_corners)


def _digit_label(request: InsideRequest) -> Tensor | None:
    from stnviz.data.digits import gallery

    if request.source is None or request.source.digit is None:
        return None
    return torch.tensor([int(gallery().labels[request.source.digit])])

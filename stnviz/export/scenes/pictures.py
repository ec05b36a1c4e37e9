"""Images of a data set with the windows of a network, as Attention, Inside and Debug show them."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.checkpoints.wording import thing_words
from stnviz.coordinates import sample
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.image_source import ImageSource
from stnviz.data.true_map import true_map
from stnviz.data.units import label, read_value, value_label
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.export.own import Own
from stnviz.export.scenes.network import card_of, model_of, run_network, species_of
from stnviz.export.scenes.scene import Frame, NotExportable, Scene
from stnviz.export.scenes.sweep import FRAMES, Sweep
from stnviz.export.scenes.traces import word_of
from stnviz.live.photos import as_image
from stnviz.not_found import ResourceNotFound


def picture_scene(
    name: str,
    index: int,
    *,
    own: Own | None = None,
    sweep: Sweep | None = None,
    frames: int | None = None,
) -> Scene:
    """A network on one image of its data set, or on the image turned and scaled.

    Args:
        name: of the checkpoint.
        index: of the image, in the order in which the pages show them.
        own: a visitor's photo, in place of that image.
        sweep: of the image's rotation or scale; beyond its edge it is reflected.
        frames: of the sweep.

    Raises:
        NotExportable: there is no such image or network; the message says what to do.
    """
    card = card_of(name)
    title, data = checkpoint_title(name, card.model), DATA_SETS.get(card.data).title
    about: dict[str, object]
    if own is not None and own.photo is not None:
        images = as_image(own.photo)
        word, thing = f"photo-{word_of(own.name)}", "a photo of one's own"
        shown, about = f"Trained on {data}, shown {own.name}", {"photo": own.name}
    else:
        images, truth = image_of(name, card, index)
        word, thing = f"picture{index}", thing_words(card.data, truth, species_of(card))
        shown, about = f"Data: {data}, test picture {index}", {"data": card.data, "picture": index}
    values = sweep.values(frames or FRAMES) if sweep else []
    if sweep is not None:
        images = _distorted(images, sweep, values)
        word += f"-{sweep.word}"
    run = run_network(name, images, about)
    labels = [value_label(sweep.parameter, value) for value in values] if sweep else []

    def draw(place: int) -> Frame:
        return Frame((run.panel(place),), labels[place] if labels else "")

    return Scene(
        name=f"{name.replace('/', '-')}-{word}",
        title=f"Windows of {title} on {thing}",
        caption=f"{title} ({name}). {shown}{_said(sweep)}. "
        f"Seed {card.training.get('seed', 0)} of the training.",
        count=max(len(values), 1), draw=draw, sources=(run.source,), labels=labels, grid=False,
        columns={sweep.parameter.name: values} if sweep else {},
    )  # fmt: skip


def _said(sweep: Sweep | None) -> str:
    if sweep is None:
        return ""
    low, high = (read_value(sweep.parameter, value) for value in (sweep.low, sweep.high))
    return f", {label(sweep.parameter).lower()} {low} to {high}"


def image_of(name: str, card: Card, index: int) -> tuple[Tensor, Tensor]:
    """One image (1, C, H, W) of the network's data set, and its label.

    Raises:
        NotExportable: the images are not on this machine, or there are fewer.
    """
    try:
        found = images_of(name, card.digest)
        if not 0 <= index < len(found):
            raise NotExportable(
                f"There are {len(found):,} pictures: choose one from 0 to {len(found) - 1}."
            )
        images, labels = found.picture(index)
    except ResourceNotFound as error:
        raise NotExportable(str(error)) from error
    return images, labels[0]


@lru_cache(maxsize=4)
def images_of(name: str, digest: str) -> ImageSource:
    """The images that the pages show of a network's data set; ``digest`` is that of its weights.

    Raises:
        ResourceNotFound: they are not on this machine; the message says where to get them.
    """
    card = card_of(name)
    opened, _ = EXPERIMENTS.get(card.data).open(
        "shown", None, torch.device("cpu"), config=model_of(name).config
    )
    return opened


def _distorted(images: Tensor, sweep: Sweep, values: list[float]) -> Tensor:
    size = images.shape[-2], images.shape[-1]
    column = torch.tensor(values)
    clean = true_map({sweep.parameter.name: column}, size, len(values), column.device)
    batch = images.expand(len(values), -1, -1, -1)
    return sample(batch, clean.grid(size), padding="reflection").clamp(0, 1)

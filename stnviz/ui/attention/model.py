"""What the Attention page computes: windows on one image, and averages over the test set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from stnviz.analysis.window_coverage import mean_windows
from stnviz.checkpoints.card import Card, predictions_file
from stnviz.data.catalogue import DATA_SETS
from stnviz.export.own import Own
from stnviz.live.protocol import decode_answer, encode_answer
from stnviz.records import Array, Predictions, View
from stnviz.ui.attention.words import SHOWN
from stnviz.ui.encoding import LATTICE
from stnviz.ui.export.handed import hand_over
from stnviz.ui.stage.model import library
from stnviz.ui.stored_openings import load_opening
from stnviz.ui.uploads import own_photo

if TYPE_CHECKING:  # the page's first view needs no torch
    from stnviz.data.image_source import ImageSource
    from stnviz.models import Model
    from stnviz.models.config import ModelConfig

KINDS = {data.name: data for _, data in DATA_SETS if data.page == "attention"}
"""The data sets whose networks this page shows."""

PHOTO = "photo"
"""Session state key of the visitor's photo."""


@st.cache_resource(max_entries=4, show_spinner="Loading the network")
def load(name: str, digest: str) -> Model:
    """A model of the library; ``digest`` distinguishes a retrained one from the old."""
    from stnviz.checkpoints.storage import load_checkpoint

    return load_checkpoint(library().folder(name))


def pictures_of(name: str, card: Card) -> tuple[ImageSource, str | None]:
    """The images to step through, and a sentence on those that were left out.

    Raises:
        ResourceNotFound: they are not on this machine; the message says where to get them.
        BadCheckpoint: the network does not load.
    """
    config = load(name, card.digest).config
    return _opened(card.data, tuple(card.model.get("species", ())), config)


@st.cache_resource(max_entries=4, show_spinner="Reading the pictures")
def _opened(
    data: str, known: tuple[str, ...], _config: ModelConfig
) -> tuple[ImageSource, str | None]:
    """Images that are the same for all networks that know the same species."""
    import torch

    from stnviz.experiments.catalogue import EXPERIMENTS

    device = torch.device("cpu")
    return EXPERIMENTS.get(data).open("shown", None, device, config=_config)


@dataclass(frozen=True)
class PictureSet:
    """A description of the images to step through.

    Args:
        count: how many there are.
        source: one sentence on where they come from.
        notice: one on those that were left out, if any were.
    """

    count: int
    source: str
    notice: str | None = None


def picture_set(name: str, card: Card, index: int) -> PictureSet:
    """A description of the images that a network is shown, of which ``index`` comes next.

    Raises:
        ResourceNotFound: they are not on this machine; the message says where to get them.
        BadCheckpoint: the network does not load.
    """
    if opening := load_opening("attention", name, card.digest, index):
        return read_opening(opening).whole
    pictures, notice = pictures_of(name, card)
    return PictureSet(len(pictures), pictures.source, notice)


@dataclass(frozen=True)
class Opening:
    """What the page opens with.

    Args:
        seen: the image, and the windows on it.
        label: of the image.
        whole: the description of all images.
        heat: where each window lies on average, (lanes, n, n).
    """

    seen: View
    label: Array
    whole: PictureSet
    heat: Array


def write_opening(opening: Opening) -> bytes:
    """Encode what the page opens with, to be stored."""
    seen, whole = opening.seen, opening.whole
    head = {"count": whole.count, "source": whole.source, "ticks": len(seen.crops)}
    crops = {f"crops{tick}": crop for tick, crop in enumerate(seen.crops)}
    image = (255 * seen.image).round().astype(np.uint8)
    arrays = {"image": image, "label": np.asarray(opening.label), "heat": opening.heat}
    kept = {"lattices": seen.lattices, "logits": seen.logits}
    return encode_answer(head, {**arrays, **kept, **crops})


def read_opening(opening: bytes) -> Opening:
    """The inverse of :func:`write_opening`; exact, as test images consist of bytes."""
    head, arrays = decode_answer(opening)
    crops = tuple(arrays[f"crops{tick}"] for tick in range(head["ticks"]))
    image = arrays["image"].astype(np.float32) / 255
    seen = View(image, arrays["lattices"], crops, arrays["logits"])
    whole = PictureSet(head["count"], head["source"])
    return Opening(seen, arrays["label"], whole, arrays["heat"])


@st.cache_data(max_entries=64, show_spinner=False)
def view_image(name: str, digest: str, _card: Card, index: int) -> tuple[View, Array]:
    """One test image with the windows of one network, and its label.

    Raises:
        ResourceNotFound: the image cannot be read.
    """
    if opening := load_opening("attention", name, digest, index):
        kept = read_opening(opening)
        return kept.seen, kept.label
    from stnviz.analysis.windows import view_windows

    images, labels = pictures_of(name, _card)[0].picture(index)
    return view_windows(load(name, digest), images, LATTICE), labels[0].numpy()


def view_photo(name: str, digest: str, file: str, data: bytes) -> View:
    """An uploaded photo with a network's windows; kept until another comes or the session ends.

    Exports show it, too.

    Args:
        name: of the network.
        digest: of its weights.
        file: name of the uploaded file.
        data: its contents.

    Raises:
        BadPicture: it cannot be read; the message says what to do.
    """
    from stnviz.analysis.windows import view_windows
    from stnviz.live.photos import as_image

    key = name, digest, hashlib.sha256(data).hexdigest()
    kept = st.session_state.get(PHOTO)
    if kept is None or kept[0] != key:
        model = load(name, digest)
        photo = own_photo(data, model.config.input_size[0])
        own = Own("photo", file, key[2], photo=photo)
        st.session_state[PHOTO] = kept = (key, view_windows(model, as_image(photo), LATTICE), own)
    _, found, own = kept
    hand_over("attention", own)
    return found


@st.cache_data(max_entries=16, show_spinner=False)
def predictions_of(name: str, digest: str) -> Predictions | None:
    """The network's predictions on the whole test set after training, if they were stored."""
    try:
        return Predictions.load(predictions_file(library().folder(name)))
    except ValueError:
        return None


@st.cache_data(max_entries=16, show_spinner=False)
def coverage_of(name: str, digest: str) -> Array | None:
    """Where each window lies on average, (lanes, n, n)."""
    if opening := load_opening("attention", name, digest, SHOWN):
        return read_opening(opening).heat
    return mean_windows(predictions_of(name, digest))


def part_hits(card: Card) -> Mapping[str, Any] | None:
    """The part-hit rates on a bird network's card."""
    found = card.metrics
    return found if "windows" in found else None

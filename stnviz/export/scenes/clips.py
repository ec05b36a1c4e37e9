"""A generated clip on its way through a network, frame by frame, as the Video page shows it."""

from __future__ import annotations

import torch

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.preprocessing import frame
from stnviz.data.synthetic_clips import MOTIONS, Moving, move_digit, move_picture
from stnviz.export.scenes.network import card_of, run_network
from stnviz.export.scenes.pictures import image_of
from stnviz.export.scenes.scene import Frame, NotExportable, Scene

GREY, COLOURED = ("digits", "sequences", "iterative"), ("numbers", "birds")
"""Model families whose networks take one image of one channel, and of three."""


def clip_scene(
    name: str,
    motion: str,
    index: int,
    seed: int,
    *,
    shown: int = 0,
) -> Scene:
    """A digit of the gallery, or a test image of the network's data, that moves.

    Args:
        name: of the checkpoint.
        motion: registered name.
        index: of the digit or image.
        seed: of the motion.
        shown: frame that a still shows.

    Raises:
        NotExportable: there is no such motion or image, or the network has no transformer.
    """
    card = card_of(name)
    if motion not in MOTIONS:
        raise NotExportable(f"Choose a clip among {', '.join(MOTIONS.names())}.")
    if not card.model.get("transform") or card.family not in (*GREY, *COLOURED):
        raise NotExportable("This network follows no clip: choose one that the Video page offers.")
    height, width = card.model["input_size"]
    moving = _moving(name, motion, index, seed)
    count = len(moving.clip)
    images = frame(moving.clip.frames, (height, width), 3 if card.family in COLOURED else 1)
    about = {"data": card.data, "clip": motion, "index": index, "seed": seed}
    run = run_network(name, images[0:count].float() / 255, about)
    rate = float(moving.clip.rate)
    labels = [f"{k / rate:.2f} s" for k in range(count)]

    def draw(place: int) -> Frame:
        return Frame((run.panel(place),), labels[place])

    title, thing = checkpoint_title(name, card.model), _thing(card.family, index)
    return Scene(
        name=f"{name.replace('/', '-')}-{motion}-{thing.replace(' ', '')}-seed{seed}",
        title=f"Windows of {title} on a clip: {MOTIONS.get(motion).title.lower()}",
        caption=f"{title} ({name}). Data: {DATA_SETS.get(card.data).title}, {thing}, "
        f"{MOTIONS.get(motion).title.lower()}. Seed {seed}.",
        count=count, draw=draw, sources=(run.source,), shown=min(shown, count - 1), labels=labels,
        rate=rate, grid=False,
        columns={"seconds": [k / rate for k in range(count)]},
    )  # fmt: skip


def _moving(name: str, motion: str, index: int, seed: int) -> Moving:
    card = card_of(name)
    if card.family == "digits":
        return move_digit(motion, index, seed, card.model["input_size"][0])
    if MOTIONS.get(motion).digits > 1:
        raise NotExportable("Only digits can pass each other: choose another clip.")
    images, _ = image_of(name, card, index)
    with torch.inference_mode():
        return move_picture(images[0], motion, seed)


def _thing(family: str, index: int) -> str:
    return f"digit {index}" if family == "digits" else f"picture {index}"

"""The scenes of links to Play, Inside and Attention: networks on single images."""

from __future__ import annotations

from dataclasses import replace

from stnviz.analysis.inside.opened import Sampler
from stnviz.coordinates import KERNELS, PADDINGS
from stnviz.data.distortions import DISTORTIONS, TURNED
from stnviz.export.link import Link
from stnviz.export.request import Wanted
from stnviz.export.scenes.digits import digit_scene
from stnviz.export.scenes.edited import edited_scene
from stnviz.export.scenes.network import card_of
from stnviz.export.scenes.pictures import picture_scene
from stnviz.export.scenes.scene import NotExportable, Scene
from stnviz.export.scenes.sweep import (
    PICTURE_SWEEPS,
    Sweep,
    parse_sweep,
    picture_sweep,
    usual_sweep,
    volume_sweep,
)
from stnviz.export.scenes.volumes import volume_scene
from stnviz.export.sequence_links import chosen_network, training
from stnviz.live.links import (
    FIRST_DIGIT,
    FIRST_IN_SPACE,
    FIRST_NETWORKS,
    LANDING,
    SPACE_ANGLES,
    PlayState,
    inside_values,
    read_link,
)

SHOWN_BIRD = 3
"""The image that Attention opens with."""


def _digits(state: PlayState, wanted: Wanted) -> Scene:
    """Networks on a digit."""
    sweep: Sweep | None = None
    if wanted.sweep:
        sweep = parse_sweep(wanted.sweep, DISTORTIONS.get(state.distortion).parameters)
    elif wanted.animated:
        sweep = usual_sweep(state.distortion) or usual_sweep(LANDING.distortion)
    return digit_scene(state, sweep=sweep, frames=wanted.frames)


def play(link: Link, wanted: Wanted) -> Scene:
    """Networks side by side on a digit."""
    found, troubles = read_link(link.query)
    if troubles:
        raise NotExportable(troubles[0])
    if not found:
        return _digits(LANDING, wanted)
    state = PlayState(
        found.get("distortion", LANDING.distortion), found.get("models", ()),
        found.get("digit", LANDING.digit), found.get("ink"), found.get("values", {}),
        found.get("seed", 0),
    )  # fmt: skip
    return _digits(state, wanted)


def inside(link: Link, wanted: Wanted) -> Scene:
    """One network on a digit or picture."""
    name = link.query.get("model", FIRST_NETWORKS["inside"])
    card = card_of(name)
    if {"theta", "kernel", "padding", "align"} & set(link.query):
        return _edited(link, name, wanted)
    if card.family != "digits":
        return _picture(link, name, wanted, 0)
    query = {key: text for key, text in link.query.items() if key != "models"}
    found, troubles = read_link({**query, "data": card.data})
    if troubles:
        raise NotExportable(troubles[0])
    named = "digit" in found or "ink" in found or found["values"]
    state = PlayState(
        card.data, (name,), found.get("digit", FIRST_DIGIT), found.get("ink"),
        found["values"] if named else inside_values(card.data), found.get("seed", 0),
    )  # fmt: skip
    return _digits(state, wanted)


def _edited(link: Link, name: str, wanted: Wanted) -> Scene:
    """A transformer that was changed by hand."""
    if wanted.animated or wanted.sweep:
        raise NotExportable(
            "A theta or sampler that was set by hand belongs to one picture: choose PNG, SVG or "
            "PDF, or press Reset on the page."
        )
    if link.whole("tick", 0):
        raise NotExportable("Only a transformer that samples the picture itself is exported so.")
    plain = {
        key: text
        for key, text in link.query.items()
        if key not in ("theta", "kernel", "padding", "align")
    }
    base = inside(Link(link.page, plain), wanted)
    theta = link.numbers("theta") if "theta" in link.query else None
    return edited_scene(base, name, link.whole("lane", 0), theta, _sampler(link))


def _sampler(link: Link) -> Sampler | None:
    """The sampler that a link sets; None if it sets none."""
    if not {"kernel", "padding", "align"} & set(link.query):
        return None
    kernel = next((one for one in KERNELS if one == link.query.get("kernel", "bilinear")), None)
    padding = next((one for one in PADDINGS if one == link.query.get("padding", "zeros")), None)
    if kernel is None or padding is None:
        raise NotExportable(
            f"The link's kernel must be one of {', '.join(KERNELS)}, and its padding one of "
            f"{', '.join(PADDINGS)}."
        )
    return Sampler(kernel, padding, bool(link.whole("align", 0)))


def _picture(link: Link, name: str, wanted: Wanted, first: int) -> Scene:
    sweep: Sweep | None = None
    if wanted.sweep:
        sweep = parse_sweep(wanted.sweep, PICTURE_SWEEPS)
    elif wanted.animated:
        sweep = picture_sweep()
    picture = link.whole("picture", first)
    scene = picture_scene(name, picture, own=wanted.own, sweep=sweep, frames=wanted.frames)
    return replace(scene, grid=bool(link.whole("grid", 0)))


def _volume(link: Link, wanted: Wanted) -> Scene:
    """Networks on a digit in space."""
    names = [parameter.name for parameter in TURNED.parameters]
    turned = any(name in link.query for name in names)
    values = {name: _angle(link, name) for name in names} if turned else dict(SPACE_ANGLES)
    sweep: Sweep | None = None
    if wanted.sweep:
        sweep = parse_sweep(wanted.sweep, TURNED.parameters)
    elif wanted.animated:
        sweep = volume_sweep()
    digit = link.whole("digit", FIRST_IN_SPACE)
    return volume_scene(digit, link.query.get("ink"), values, sweep=sweep, frames=wanted.frames)


def _angle(link: Link, name: str) -> float:
    if name not in link.query:
        return 0.0
    numbers = link.numbers(name)
    if len(numbers) != 1:
        raise NotExportable(f"The link's {name} must be one number: copy it again.")
    return numbers[0]


def attention(link: Link, wanted: Wanted) -> Scene:
    """The windows of a network on a picture."""
    name = chosen_network(link, "attention")
    if card_of(name).family == "finder":
        return training(name, link, wanted)
    if card_of(name).family == "volumes":
        return _volume(link, wanted)
    first = 0 if {"what", "model", "only"} & set(link.query) else SHOWN_BIRD
    return _picture(link, name, wanted, first)

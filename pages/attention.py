"""Attention page: the transformers of a network, and the window that each of them samples."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from stnviz.checkpoints.card import HISTORY, BadCheckpoint, Card
from stnviz.data.photos import BadPicture
from stnviz.live.protocol import BadRequest
from stnviz.not_found import ResourceNotFound
from stnviz.records import History, View
from stnviz.ui.attention.model import (
    KINDS,
    coverage_of,
    picture_set,
    predictions_of,
    view_image,
    view_photo,
)
from stnviz.ui.attention.view import (
    LETTERS,
    attention_data,
    attention_message,
    mount_attention,
)
from stnviz.ui.attention.window_statistics import show_hits, show_shares
from stnviz.ui.attention.words import SHOWN, how_good, photo_sentence, sentence
from stnviz.ui.encoding import LATTICE
from stnviz.ui.export.handed import hand_over
from stnviz.ui.replay.url import OLD_NAMES, as_address, read_address
from stnviz.ui.replay.view import encode_history, mount_replay, replay_data
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import train_one
from stnviz.ui.uploads import NotKept, bytes_of
from stnviz.ui.url_choice import choose
from stnviz.ui.url_state import (
    accept_old_names,
    external_changes,
    is_integer,
    read_fraction,
    read_int,
    reject,
    sync_from_component,
    update,
    validate_choice,
)
from stnviz.ui.view_options import shows
from stnviz.ui.volume.model import (
    choose_networks,
    how_well,
    volume_address,
    volume_data,
    volume_state,
)
from stnviz.ui.volume.view import mount_volume

KEY, SEARCH, ONLY, VOLUME = "attention", "search", "only-wrong", "volume"


def follow_windows() -> None:
    """Write stage, muted windows, heat map, grid and opacity into the URL when they change."""
    if reported := st.session_state[KEY].get("state"):
        sync_from_component(
            {
                "stage": reported["stage"],
                "muted": "".join(reported["muted"]),
                "heat": int(reported["heat"]),
                "grid": int(reported["grid"]),
                "opacity": reported["opacity"],
            }
        )


def follow_search() -> None:
    """Write the snapshot, the image and *Slow* of a search into the URL when they change."""
    if reported := st.session_state[SEARCH].get("state"):
        sync_from_component(as_address(reported))


def follow_volume() -> None:
    """Write digit and angles of a volume into the URL when they change."""
    if reported := st.session_state[VOLUME].get("state"):
        sync_from_component(volume_address(reported))


def show_volume(cards: dict[str, Card]) -> None:
    """Show a digit in space, and what each network flattens out of it."""
    state, names = volume_state(), choose_networks(cards)
    seed = st.session_state.get(VOLUME, {}).get("shuffle") or 0
    offer = st.session_state.setdefault("volume-offer", (0, state["digit"]))
    if seed != offer[0]:
        offer = st.session_state["volume-offer"] = (seed, state["digit"])
    try:
        data = volume_data(cards, names, state, offer)
    except BadRequest as error:
        st.error(error.message)
        return
    mount_volume(data, key=VOLUME, on_state=follow_volume, on_shuffle=lambda: None)
    if shows("facts"):
        st.caption(how_well(cards, names))


def opened_with(ticks: int) -> dict[str, object]:
    """The component's initial state, as the URL has it."""
    return {
        "stage": read_int("stage", 1, ticks, ticks),
        "muted": muted(),
        "heat": bool(read_int("heat", 0, 1, 0)),
        "grid": bool(read_int("grid", 0, 1, 0)),
        "opacity": read_fraction("opacity", 1.0),
        "asked": external_changes(),
    }


def muted() -> list[str]:
    """The windows that the URL hides."""
    letters = st.query_params.get("muted", "")
    if set(letters) <= set(LETTERS):
        return [letter for letter in LETTERS if letter in letters]
    reject("muted", f"some of the letters {LETTERS}")
    return []


def step_to(index: int) -> None:
    """Go to another test image."""
    update({"picture": index})


def narrow() -> None:
    """Step through the wrongly predicted images only, or through all of them again."""
    wanted = st.session_state[ONLY]
    update({"only": "true"} if wanted else {}, () if wanted else ["only"])


def first_picture() -> int:
    """The image that is shown if the URL names none."""
    return 0 if {"what", "model", "only"} & st.query_params.keys() else SHOWN


def asked_picture() -> int:
    """The image number in the URL, or the one that the page opens with; -1 for an invalid one."""
    said = st.query_params.get("picture", str(first_picture()))
    return int(said) if is_integer(said) else -1


def transport(count: int, wrong: list[int] | None) -> int:
    """Controls to step through the test images, or through the wrongly predicted ones."""
    with st.container(horizontal=True, vertical_alignment="center"):
        validate_choice("only", ["true"])
        st.session_state[ONLY] = "only" in st.query_params and bool(wrong)
        only = st.toggle("Only wrong ones", key=ONLY, on_change=narrow, disabled=not wrong)
        offered = wrong if only and wrong else range(count)
        here = read_int("picture", 0, count - 1, first_picture())
        place = next((k for k, index in enumerate(offered) if index >= here), 0)
        index = offered[place]
        last = len(offered) - 1
        st.button("\u2039", on_click=step_to, args=(offered[max(place - 1, 0)],), help="Back")
        st.button("\u203a", on_click=step_to, args=(offered[min(place + 1, last)],), help="On")
        st.caption(f"Picture {place + 1:,} of {len(offered):,}")
    if "picture" not in st.query_params and first_picture():
        st.caption(
            "A picture chosen because it shows this clearly: \u2039 and \u203a go through all."
        )
    return index


def chosen_photo() -> UploadedFile | None:
    """A photo of the visitor's own, shown instead of the test image."""
    with st.expander("Look at a photo of your own"):
        return st.file_uploader(
            "Photo of a bird", ("png", "jpg", "jpeg", "webp", "gif", "bmp"),
            label_visibility="collapsed", max_upload_size=5,
            help="The middle square of it is looked at. At most 5 MB; it stays on this server.",
        )  # fmt: skip


def show_search(name: str, card: Card) -> None:
    """Show how a finder network learned where to look."""
    try:
        history = History.load(library().folder(name) / HISTORY)
    except ValueError as error:
        st.error(f"{error} Train the network again to have its history.")
        return
    found = 100 * (1 - card.metrics["error"])
    st.caption(
        f"Twelve of a hundred pictures, over the steps of its search. In the end the digit is "
        f"found in {found:.0f} % of them."
    )
    steps = card.training["steps"]
    answer = encode_history(history, dict(card.model), steps, True, card.data)
    address = read_address(len(history), len(history.labels))
    mount_replay(replay_data(name, answer, **address), key=SEARCH, on_state=follow_search)


@dataclass(frozen=True)
class Found:
    """What the page shows of one image.

    Args:
        seen: the image and the windows that the network sampled.
        answer: the prediction, as a sentence.
        right: whether the prediction is correct.
        notice: a note on the data set.
    """

    seen: View
    answer: str
    right: bool
    notice: str | None = None


def test_picture(name: str, card: Card) -> Found:
    """The test image that the visitor has stepped to.

    Raises:
        ResourceNotFound: the images are not on this machine; the message says where to get them.
        BadCheckpoint: the network does not load.
    """
    whole_set = picture_set(name, card, asked_picture())
    predictions = predictions_of(name, card.digest)
    # Stored predictions apply only to the same images in the same order.
    here, wrong = (whole_set.source, whole_set.count), None
    if predictions is not None and (predictions.source, len(predictions)) == here:
        wrong = predictions.wrong.nonzero()[0].tolist()
    index = transport(whole_set.count, wrong)
    seen, label = view_image(name, card.digest, card, index)
    answer = sentence(card.data, label, seen.logits, card.model.get("species", ()))
    right = bool((seen.logits.argmax(axis=-1) == label).all())
    return Found(seen, answer, right, whole_set.notice)


def photo_seen(name: str, card: Card, photo: UploadedFile) -> Found:
    """A photo of the visitor's own; only the visitor knows whether the prediction is correct.

    Raises:
        BadPicture: the photo cannot be read.
        NotKept: the server did not keep the photo.
        BadCheckpoint: the network does not load.
    """
    seen = view_photo(name, card.digest, photo.name, bytes_of(photo))
    return Found(seen, photo_sentence(card.data, seen.logits, card.model["species"]), right=True)


accept_old_names(OLD_NAMES)
hand_over("attention", None)
cards = {name: card for name, card in library().cards().items() if card.data in KINDS}
if not cards:
    st.markdown("#### Several transformers at once, and what each of them looks at.")
    st.info(f"There is no network with several transformers here: {train_one()}")
    st.stop()

# Not st.empty(), which each run clears first: everything below would jump.
opening = st.container()
st.space("xxsmall")
looking = st.container()
with looking.container(key="part-choices"):
    data, name = choose(cards, KINDS)
if shows("sentence"):
    opening.markdown(f"#### {KINDS[data].opening}")
card = cards[name]
if card.family == "finder":
    with looking:
        show_search(name, card)
    st.stop()
if card.family == "volumes":
    with looking:
        show_volume(cards)
    st.stop()
stepping, stage = looking.container(key="part-pictures"), looking.container()
found = None
with stepping:
    try:
        found = test_picture(name, card)
    except (ResourceNotFound, BadCheckpoint) as error:
        st.info(str(error))
photo = chosen_photo() if card.family == "birds" and shows("pictures") else None
with stage:
    if photo is not None:
        try:
            found = photo_seen(name, card, photo)
        except (BadPicture, NotKept, BadCheckpoint) as error:
            st.error(str(error))
    if found is not None:
        message = attention_message(
            found.seen.image, found.seen.lattices, found.seen.crops, lattice=LATTICE,
            answer=found.answer, right=found.right, heat=coverage_of(name, card.digest),
        )  # fmt: skip
        state = opened_with(len(found.seen.lattices))
        mount_attention(attention_data(message, state), key=KEY, on_state=follow_windows)
    if shows("facts"):
        st.caption(" ".join(filter(None, (how_good(card), found.notice if found else None))))
if shows("facts"):
    show_hits(card)
    show_shares(card)

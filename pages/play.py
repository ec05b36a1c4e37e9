"""Play page: distort a digit and watch a spatial transformer straighten it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.distortions import DISTORTIONS, start_values
from stnviz.data.photos import BadPicture
from stnviz.live.links import LANDING, PlayState, read_link, read_report
from stnviz.live.protocol import MAX_MODELS, BadRequest, encode_ink, parse_request
from stnviz.ui.stage.model import (
    OPENINGS,
    default_models,
    library,
    models_for,
    stage_data,
    usable_models,
)
from stnviz.ui.stage.view import stage
from stnviz.ui.uploads import NotKept, bytes_of, own_digit
from stnviz.ui.url_state import view_parameters
from stnviz.ui.view_options import shows

STAGE = "stage"


def open_link() -> None:
    """Read the page's state from the URL, and note the parts that cannot be used."""
    found, troubles = read_link(st.query_params.to_dict())
    wanted = found.get("models", ())
    st.session_state.landing = not found
    distortion = found.get("distortion", LANDING.distortion)
    models = usable_models(wanted, distortion, library().cards("digits"))
    if len(models) < len(wanted):
        troubles.append("Some networks of the link do not exist or do not fit its pictures.")
    st.session_state.troubles = troubles
    st.session_state.play = PlayState(
        distortion,
        tuple(models) or default_models(distortion, library().cards("digits")),
        found.get("digit", LANDING.digit),
        found.get("ink"),
        found.get("values", {} if found else LANDING.values),
        found.get("seed", 0),
    )
    st.session_state.written = st.query_params.to_dict()
    st.session_state.revision = st.session_state.get("revision", 0) + 1
    st.session_state.offer = (0, st.session_state.play.digit)


def write_link() -> None:
    """Write the page's state into the URL."""
    query = {**st.session_state.play.query(), **view_parameters()}
    st.query_params.from_dict(query)
    st.session_state.written = query


def show(state: PlayState) -> None:
    """Show a state that does not come from the stage: a new revision makes the stage adopt it."""
    st.session_state.play = state
    st.session_state.revision += 1
    st.session_state.landing = False
    st.session_state.troubles = []
    write_link()


def follow_stage() -> None:
    """When the visitor releases the pointer, copy the stage's state to the page and its URL."""
    reported = st.session_state[STAGE].get("state")
    current = st.session_state.play
    if not reported or tuple(reported.get("models", ())) != current.models:
        return
    st.session_state.play = read_report(reported, current)
    st.session_state.landing = False
    st.session_state.troubles = []
    write_link()


def choose_data() -> None:
    """Switch to another distortion, with its own start values and models that fit."""
    name = st.session_state.data
    current = st.session_state.play
    kept = usable_models(current.models, name, library().cards("digits"))
    trained = any(card.data == name for card in library().cards("digits").values())
    models = default_models(name, library().cards("digits")) if trained or not kept else tuple(kept)
    show(replace(current, distortion=name, models=models, values=start_values(name)))


def choose_models() -> None:
    """Accept one to three models of one image size; the newest choice decides the size."""
    chosen = st.session_state.models
    newest = [name for name in chosen if name not in st.session_state.play.models]
    fitting = usable_models(
        newest + chosen, st.session_state.play.distortion, library().cards("digits")
    )
    ordered = [name for name in chosen if name in fitting]
    if ordered:
        show(replace(st.session_state.play, models=tuple(ordered[:MAX_MODELS])))


def take_upload() -> None:
    """Put an uploaded image on the stage as ink."""
    if (file := st.session_state.upload) is None:
        return
    try:
        picture = own_digit(bytes_of(file))
    except (BadPicture, NotKept) as error:
        st.session_state.troubles = [str(error)]
        return
    show(replace(st.session_state.play, ink=encode_ink(picture)))


def shuffle() -> None:
    """Offer ten other thumbnails."""
    seed = st.session_state[STAGE].get("shuffle") or 0
    st.session_state.offer = (seed, st.session_state.play.digit)


def answer_without_live() -> bytes | None:
    """The engine's answer, for a stage that could not reach the live route."""
    question = (st.session_state.get(STAGE) or {}).get("question")
    if not question:
        return None
    from stnviz.live.process_engine import shared_engine

    try:
        return shared_engine().submit(parse_request(question)).result()
    except BadRequest as error:
        st.warning(f"{error.message}")
        return None


# A first visit, or the browser's Back or Forward.
if st.query_params.to_dict() != st.session_state.get("written"):
    open_link()
play: PlayState = st.session_state.play
cards = library().cards("digits")

if shows("sentence"):
    st.markdown(f"#### {OPENINGS[play.distortion]}")
    st.caption(
        "What you do is :orange[dashed and orange]; what the network does is :blue[solid and blue]."
    )
for trouble in st.session_state.troubles:
    st.warning(trouble)
if not play.models:
    st.info("There are no trained models yet: train one with `python -m stnviz train`.")
    st.stop()


def show_choices() -> None:
    """The choice of the distortion and the networks, and of an image of the visitor's own."""
    st.pills(
        "Distortion",
        DISTORTIONS.names(),
        key="data",
        required=True,
        format_func=lambda name: DISTORTIONS.get(name).title,
        on_change=choose_data,
        label_visibility="collapsed",
        wrap=True,
    )
    with st.popover("Networks"):
        st.multiselect(
            "Side by side, at most three",
            models_for(play.distortion, cards),
            key="models",
            format_func=lambda name: (
                f"{checkpoint_title(name, cards[name].model)}, {cards[name].data}"
            ),
            on_change=choose_models,
        )
    with st.popover("Upload"):
        st.file_uploader(
            "A picture of one digit, at most 5 MB",
            ["png", "jpg", "jpeg", "webp", "gif", "bmp"],
            key="upload",
            on_change=take_upload,
            max_upload_size=5,
        )


if shows("choices"):
    st.session_state.data, st.session_state.models = play.distortion, list(play.models)
    with st.container(key="part-choices-top", horizontal=True, vertical_alignment="center"):
        show_choices()

stage(
    stage_data(
        play,
        cards,
        revision=str(st.session_state.revision),
        offer=st.session_state.offer,
        landing=st.session_state.landing,
        answer=answer_without_live(),
    ),
    key=STAGE,
    on_state=follow_stage,
    on_shuffle=shuffle,
)

"""Results page: the paper's Table 1 beside our errors, error curves, and compared digits."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.units import label, reading
from stnviz.papers.curves import places_of, sweepable
from stnviz.papers.table1 import COLUMNS, SOURCE
from stnviz.plots.theme import DARK, LIGHT
from stnviz.records import Array
from stnviz.ui.encoding import LATTICE
from stnviz.ui.image_grid.view import mount_image_grid
from stnviz.ui.results.model import (
    as_read,
    curve,
    disagreement_of,
    error_chart,
    gallery_is_unseen,
    networks_of,
    words_of,
)
from stnviz.ui.results.table import results_on_cards, table_html
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import train_one
from stnviz.ui.url_state import validate_choice
from stnviz.ui.view_options import is_large, shows

MAX_CURVES = 5

cards = library().cards("digits")


def title(name: str) -> str:
    """A checkpoint's title for display."""
    return checkpoint_title(name, cards[name].model)


def show_table() -> None:
    """Show the paper's Table 1 beside our errors."""
    results, troubles = results_on_cards()
    measured = [result for result in results if result.here is not None]
    ahead = sum(result.standing == "ahead" for result in measured)
    several = [result for result in measured if result.spread is not None]
    st.caption(
        f"Error in % on the 10,000 MNIST test digits, small: {SOURCE}. :blue[Blue] where this "
        f"network is at or below the paper, :orange[orange] where it is above: {ahead} of "
        f"{len(measured)} trained cells are blue."
        + (
            f" {len(several)} cells were trained with several seeds: they show the mean and "
            "standard deviation, and have no colour where the paper's error lies within it."
            if several
            else ""
        )
    )
    st.html(table_html(results))
    st.caption(
        "Projected: the paper does not say how large its pictures were when their corners moved. "
        "Ours crush more digits than the paper's can have: compare that column's networks with "
        "one another. In Projected, fitted, the corners move by as much as makes the FCN err as "
        "often as the paper's: compare that column with the paper."
    )
    for trouble in troubles:
        st.warning(trouble)


def tell(bar: Any, place: int, count: int, share: float) -> None:
    """Show the progress of measuring curve ``place`` of ``count``; ``share`` of it is done."""
    bar.progress((place + share) / count, "Measuring")


def enlarged(figure: Any) -> Any:
    """A copy of a chart, whose original all visitors share, with large type."""
    large = deepcopy(figure)
    large.update_layout(font_size=24, legend_font_size=24, height=700)
    large.update_annotations(font_size=24)
    return large


def show_curves(data: str, ours: list[str], plain: list[str]) -> None:
    """Show error curves: error against the size of a distortion."""
    st.markdown("##### How far does it carry?")
    parameters, names = sweepable(data), ours + plain
    if not parameters:
        st.caption("Nothing about these pictures has one size to be turned up.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        validate_choice(f"{data}-parameter", [label(one) for one in parameters])
        validate_choice(f"{data}-networks", [title(name) for name in names], most=MAX_CURVES)
        parameter = st.selectbox(
            "Distortion",
            parameters,
            format_func=label,
            key=f"{data}-parameter",
            bind="query-params",
        )
        chosen = st.multiselect(
            "Networks", names, ours[:2] + plain[:1],
            max_selections=MAX_CURVES, format_func=title,
            key=f"{data}-networks", bind="query-params",
        )  # fmt: skip
    if not chosen:
        st.caption("Choose a network.")
        return
    bar = st.progress(0.0, text="Measuring")
    errors = {}
    for place, name in enumerate(chosen):
        progress = partial(tell, bar, place, len(chosen))
        try:
            errors[title(name)] = curve(name, cards[name].digest, data, parameter, progress)
        except BadCheckpoint as error:
            st.warning(str(error))
    bar.empty()
    trained = DISTORTIONS.get(data).trained[parameter.name]
    low, high = as_read(parameter, trained)
    dark = st.context.theme.type == "dark"
    figure = error_chart(
        as_read(parameter, places_of(parameter)), errors, (low, high), DARK if dark else LIGHT,
        axis=label(parameter), suffix=reading(parameter).sign,
    )  # fmt: skip
    if is_large():
        figure = enlarged(figure)
    st.plotly_chart(figure, theme=None, config={"displayModeBar": False}, key="curves")
    st.caption("Errors on 1,000 gallery digits at each place; everything else as in training.")


def first_few(count: int, shown: int) -> str:
    """Words that say that only the first ``shown`` are here; empty if all are."""
    return f", the first {shown} of them here" if shown < count else ""


def show_contrast(data: str, ours: list[str], plain: list[str]) -> None:
    """Show digits that only one of two networks reads, and the mean image of every class."""
    if not ours or not plain:
        st.caption(f"To compare a network with a transformer and one without here, {train_one()}")
        return
    st.markdown("##### Which digits does the transformer win, and which does it lose?")
    with st.container(horizontal=True):
        validate_choice(f"{data}-with", [title(name) for name in ours])
        validate_choice(f"{data}-without", [title(name) for name in plain])
        first = st.selectbox(
            "With a transformer", ours, format_func=title, key=f"{data}-with", bind="query-params"
        )
        second = st.selectbox(
            "Without", plain, format_func=title, key=f"{data}-without", bind="query-params"
        )
    digests = cards[first].digest, cards[second].digest
    whole = gallery_is_unseen([cards[first], cards[second]])
    try:
        found = disagreement_of(first, second, data, digests, whole)
    except BadCheckpoint as error:
        st.warning(str(error))
        return
    for pictures, count, whose in (
        (found.only_ours, found.counts[0], f"Only {title(first)} reads these"),
        (found.only_rival, found.counts[1], f"Only {title(second)} reads these"),
    ):
        st.caption(
            f"{whose}: {count:,} of {found.seen:,} gallery digits that neither was trained on"
            f"{first_few(count, len(pictures.labels))}. Below each, what either reads: "
            f"{title(first)} | {title(second)}."
        )
        if count:
            arrays: dict[str, Array] = {
                "images": pictures.images, "lattices": pictures.lattices,
                "outputs": pictures.outputs,
            }  # fmt: skip
            mount_image_grid(arrays, words_of(pictures), LATTICE, key=f"wall-{whose}-{data}")
    st.markdown("##### Does it bring the pictures into line?")
    before, after = found.spread
    st.caption(
        "The mean picture of each class, as the network gets it and as its transformer hands it "
        f"on. Of all that makes the pictures differ, {100 * before:.0f} % lies within the classes "
        f"before and {100 * after:.0f} % after: the less, the more alike those of a class lie."
    )
    means: dict[str, Array] = {"images": found.before, "outputs": found.after}
    mount_image_grid(means, [str(digit) for digit in range(10)], LATTICE, key=f"means-{data}")


if shows("sentence"):
    st.markdown("#### Does it beat the paper? See where, and on which digits.")
if shows("facts"):
    show_table()
    st.divider()
validate_choice("set", [DISTORTIONS.get(name).title for name in COLUMNS])
with st.container(key="part-choices-row"):
    data = st.pills(
        "Pictures", COLUMNS, default=COLUMNS[0], required=True, key="set", bind="query-params",
        format_func=lambda name: DISTORTIONS.get(name).title, label_visibility="collapsed",
        wrap=True,
    )  # fmt: skip
ours, plain = networks_of(cards, data)
if ours or plain:
    if shows("charts"):
        show_curves(data, ours, plain)
    if shows("pictures"):
        show_contrast(data, ours, plain)
else:
    st.info(f"No network was trained on these pictures yet: {train_one()}")

"""The Export dialog: choices, progress, and the file."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from stnviz.data.units import label
from stnviz.export.formats import FORMATS
from stnviz.export.link import Link
from stnviz.export.own import Own
from stnviz.export.request import (
    ANIMATION_DPI,
    COARSEST,
    FASTEST,
    FINEST,
    MOST_FRAMES,
    NARROWEST,
    STILL_DPI,
    WIDEST,
    Wanted,
)
from stnviz.export.scenes.scene import NotExportable
from stnviz.export.scenes.sweep import FRAMES, Sweep, as_text
from stnviz.ui.export.handed import handed
from stnviz.ui.export.job import ExportJob
from stnviz.ui.export.offers import FIRST_FORMAT, first_sweep, formats_of, sweeps_of
from stnviz.ui.wording import without_markdown

JOB = "export-job"
PATIENCE, POLL = 0.8, 0.5
"""Seconds that the dialog waits for a file, and then between two looks at the progress."""

RATES = {"steps": 1.25, "attention": 30.0, "time_machine": 12.0, "video": 24.0}
"""Frames per second that are offered first, by page; 30 on others."""


def forget() -> None:
    """Stop what is being made: the dialog is closed, or something else was chosen."""
    job: ExportJob | None = st.session_state.pop(JOB, None)
    if job is not None:
        job.stop()


@st.dialog("Export", width="medium", on_dismiss=forget)
def open_dialog(link: Link) -> None:
    """Offer what the page shows as a file.

    Args:
        link: of the page, as it is now.
    """
    st.caption("What the page shows now, as a file. Parts that the link hides are left out.")
    own = handed(link.page)
    offered = {one.suffix: one for one in formats_of(link, own)}
    suffix = st.selectbox(
        "Format", list(offered), list(offered).index(FIRST_FORMAT),
        format_func=lambda name: offered[name].title, key="export-format",
    )  # fmt: skip
    kind = FORMATS.get(suffix).kind
    sweep, wanted, problem = "", Wanted(), ""
    try:
        if kind == "animation":
            sweep = _choose_sweep(link, own)
        if kind != "data":
            wanted = _choose_look(link, sweep, animated=kind == "animation")
    except NotExportable as error:
        problem = str(error)
    if suffix == "txt":
        st.caption("The address of the page, relative to the server's.")
        st.code(link.text(), language=None, wrap_lines=True)
    if problem:
        st.error(problem)
        return
    _make(link.text(), suffix, replace(wanted, own=own))


def _choose_sweep(link: Link, own: Own | None) -> str:
    """What an animation goes through; empty if its frames are steps, snapshots or a clip."""
    parameters, first = sweeps_of(link, own), first_sweep(link, own)
    if not parameters or first is None:
        st.caption("The frames are the steps, snapshots or frames that the page plays.")
        return ""
    names = [one.name for one in parameters]
    name = st.selectbox(
        "Sweep", names, names.index(first.parameter.name),
        format_func=lambda one: label(parameters[names.index(one)]), key="export-sweep",
    )  # fmt: skip
    parameter = parameters[names.index(name)]
    low, high = parameter.low, parameter.high
    if parameter == first.parameter:
        low, high = first.low, first.high
    unit = math.degrees(1) if parameter.unit == "rad" else 1.0
    bounds = parameter.low * unit, parameter.high * unit
    said = {"rad": "°", "px": " px", "x": "×"}.get(parameter.unit, "")  # noqa: RUF001
    ends = st.slider(
        f"From and to ({said.strip()})" if said else "From and to",
        bounds[0], bounds[1], (low * unit, high * unit), key=f"export-ends-{name}",
        step=0.01 if parameter.unit == "x" else 1.0,
        format="%.2f" if parameter.unit == "x" else "%.0f",
    )  # fmt: skip
    start, end = (value / unit for value in ends)
    if start == end:
        raise NotExportable("Choose two different ends of the sweep.")
    return as_text(Sweep(parameter, start, end))


def _choose_look(link: Link, sweep: str, *, animated: bool) -> Wanted:
    """Size, resolution, theme and, for animations, frames."""
    first, second, third = st.columns(3)
    width = first.number_input("Width in mm", NARROWEST, WIDEST, 160.0, 10.0, format="%.0f")
    usual = ANIMATION_DPI if animated else STILL_DPI
    dpi = second.number_input(
        "Dots per inch", COARSEST, FINEST, usual, 10, key=f"export-dpi-{animated}"
    )
    dark = third.segmented_control(
        "Theme", ["light", "dark"], default=_theme(), required=True, key="export-theme"
    )
    frames = rate = None
    if animated:
        left, right = st.columns(2)
        if sweep:
            frames = left.number_input("Frames", 2, MOST_FRAMES, FRAMES, 10)
        rate = right.number_input(
            "Frames per second", 0.25, FASTEST, RATES.get(link.page, 30.0), 1.0,
            format="%g", key=f"export-rate-{link.page}",
        )  # fmt: skip
    captioned = st.checkbox("Caption with model, data and seed", value=True)
    return Wanted(
        width=float(width), dpi=int(dpi), theme="dark" if dark == "dark" else "light",
        captioned=captioned, sweep=sweep, frames=frames, rate=rate, animated=animated,
    )  # fmt: skip


def _theme() -> str:
    return "dark" if st.context.theme.type == "dark" else "light"


def _make(link: str, suffix: str, wanted: Wanted) -> None:
    """The button that makes the file, then its progress, then the file."""
    chosen = link, suffix, wanted
    job: ExportJob | None = st.session_state.get(JOB)
    if job is not None and (job.link, job.suffix, job.wanted) != chosen:
        forget()
        job = None
    if job is None:
        place = st.empty()
        if not place.button("Make the file", type="primary", key="export-make"):
            return
        place.empty()  # the progress and the file take its place
        st.session_state[JOB] = job = ExportJob(*chosen).start()
        job.wait(PATIENCE)
    if job.wait(0):
        _show_end(job)
    else:
        _show_progress()


@st.fragment(run_every=POLL)
def _show_progress() -> None:
    """The progress of the export, and at its end the file."""
    job: ExportJob | None = st.session_state.get(JOB)
    if job is None:
        return
    if job.wait(0):
        _show_end(job)
        return
    st.progress(min(job.share, 1.0), job.doing)
    st.button("Stop", key="export-stop", on_click=job.stop)


def _show_end(job: ExportJob) -> None:
    """The file, or why there is none."""
    if job.file is None:
        st.error(job.problem)
        return
    size = len(job.file.data)
    said = f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size / 1e3, 0.1):.1f} kB"
    st.download_button(
        f"Download {said}", job.file.data, job.file.name, FORMATS.get(job.suffix).media_type,
        on_click="ignore", type="primary", key="export-download",
    )  # fmt: skip
    st.caption(without_markdown(job.file.name))

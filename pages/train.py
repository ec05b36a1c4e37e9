"""Train page: choose a network and its hyperparameters, and watch its sampling grid learn."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from stnviz.checkpoints import old_names
from stnviz.checkpoints.titles import LOCAL, TRANSFORM_TITLES
from stnviz.data.catalogue import DATA_SETS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import HYPERPARAMETERS
from stnviz.live.links import LARGEST_SEED
from stnviz.models.config import has_transformer
from stnviz.papers.defaults import default_recipe
from stnviz.runs.jobs import Job, find_jobs
from stnviz.runs.limits import LimitReached
from stnviz.runs.permission import may_change, read_only
from stnviz.runs.plan import Plan
from stnviz.runs.queue import enqueue, stop, submit
from stnviz.settings import runs_folder
from stnviz.ui.pages import link
from stnviz.ui.replay.view import encode_history, mount_replay, replay_data
from stnviz.ui.train.example import show_example_run
from stnviz.ui.train.model import (
    EVERY,
    SELDOM,
    STEPS,
    describe_recipe,
    history_of,
    hyperparameter_control,
    init_control,
    is_finished,
    network_of,
    no_history,
    page_of_network,
    status,
    title_of,
    title_of_data,
)
from stnviz.ui.url_state import accept_old_names, read_choice, validate_choice, validate_number
from stnviz.ui.view_options import shows

ROOT = runs_folder()
MAX_OFFERED = 200
"""Runs in the list: more would slow down every message of the page."""

USUAL = Plan("st-cnn", "affine", default_recipe("mnist-r", 300))
"""The plan whose shipped example run is shown where training is switched off."""

STEP_COUNTS = (100, 300, 1_000, 2_000, 4_000, 8_000, 12_000, 20_000, 40_000)


def ask_plan() -> Plan:
    """The controls for what to train."""
    with st.container(horizontal=True, vertical_alignment="top"):
        # Bound to the URL by hand: a bound list would put titles, not names, into links.
        names = DATA_SETS.names()
        asked = read_choice("pictures", names, names[0], "pictures that are offered here")
        data = st.selectbox(
            "Pictures", names, names.index(asked), key="pictures",
            format_func=title_of_data, width=320,
        )  # fmt: skip
        st.query_params["pictures"] = data
        experiment = EXPERIMENTS.get(data)
        # Other families have other networks and defaults, so their controls have other keys.
        mine = "" if experiment.family == "digits" else f"-{data}"
        networks = tuple(reversed(experiment.models))
        validate_choice(f"network{mine}", [network.upper() for network in networks])
        model = st.pills(
            "Network", networks, default=networks[0], required=True, key=f"network{mine}",
            bind="query-params", format_func=str.upper, wrap=True,
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="top"):
        transform = None
        if has_transformer(model):
            offered = experiment.transforms
            validate_choice(f"transform{mine}", [TRANSFORM_TITLES[name] for name in offered])
            transform = st.pills(
                "Transform", offered, default=offered[0], required=True,
                key=f"transform{mine}", bind="query-params", wrap=True,
                format_func=TRANSFORM_TITLES.__getitem__,
            )  # fmt: skip
        validate_choice("steps", [str(count) for count in STEP_COUNTS])
        steps = st.select_slider(
            "Steps", STEP_COUNTS, 300,
            key="steps", bind="query-params", width=280,
            help=" ".join(f"{count:,} is {words}." for count, words in STEPS.items()),
        )  # fmt: skip
        validate_number("seed", 0, LARGEST_SEED - 1, whole=True)
        seed = st.number_input(
            "Seed", 0, LARGEST_SEED - 1, 0, key="seed", bind="query-params", width=120,
            help="Its last figure is the digit that is sought." if experiment.seeded else None,
        )  # fmt: skip
    usual = default_recipe(data, steps)
    chosen: dict[str, Any] = {}
    with st.expander("Hyperparameters"):
        columns = st.columns(3)
        busy = [
            parameter
            for parameter in HYPERPARAMETERS
            if parameter.name not in experiment.unused_hyperparameters
        ]
        for place, parameter in enumerate(busy):
            with columns[place % len(columns)]:
                chosen[parameter.name] = hyperparameter_control(parameter, usual, mine)
        with columns[len(busy) % len(columns)]:
            network = Plan(model, transform, usual).network
            chosen["init_from"] = init_control(experiment.family, usual, network)
    return Plan(model, transform, replace(usual, seed=seed, **chosen))


def attempt(what: Callable[..., object], *arguments: Any) -> None:
    """Carry out a button's action; show on the page why it was not possible."""
    st.session_state.trouble = None
    # A browser can send a click on a disabled button.
    if read_only() or (what in (stop, enqueue) and not may_change(arguments[0], owner())):
        return
    try:
        what(*arguments)
    except LimitReached as error:
        st.session_state.trouble = str(error)
    except OSError as error:
        st.session_state.trouble = f"{ROOT} cannot be written ({error}): make room or free it."


def start(plan: Plan) -> None:
    """Queue the plan and show its job."""
    st.session_state.job = name_of(submit(plan, ROOT, owner()))


def owner() -> str:
    """A secret token of this session: only the session that started a run may stop it."""
    secret: str = st.session_state.setdefault("owner", secrets.token_hex(16))
    return secret


def name_of(folder: Path) -> str:
    """A run's name: the path of its folder relative to the folder of all runs."""
    return folder.relative_to(ROOT).as_posix()


def show_job(job: Job) -> None:
    """Show one job: its progress, the windows on its probe images, and links or buttons for it."""
    progress, name = job.progress, name_of(job.folder)
    st.markdown(f"##### {title_of(job.plan)}")
    unusual = describe_recipe(job.plan.recipe)
    st.caption(f"{name}; seed {job.plan.recipe.seed}{'; ' + unusual if unusual else ''}")
    st.progress(min(1.0, progress.step / progress.steps), text=status(job).capitalize())
    for verdict in progress.verdicts:
        st.warning(f"{100 * verdict.share:.0f} % of the probe: {verdict.advice}")
    if progress.message:
        st.warning(progress.message)
    with st.container(horizontal=True):
        if job.active:
            st.button(
                "Stop",
                on_click=attempt,
                args=(stop, job.folder),
                disabled=read_only() or not may_change(job.folder, owner()),
            )
        elif is_finished(job):
            page, label, query = page_of_network(job.plan.recipe.data, f"{LOCAL}{name}")
            st.page_link(link(page), label=label, query_params=query)
            run = {"run": f"{LOCAL}{name}"}
            st.page_link(link("time_machine"), label="Time machine", query_params=run)
        else:
            again = (enqueue, job.folder, ROOT)
            mine = may_change(job.folder, owner())
            st.button("Resume", on_click=attempt, args=again, disabled=read_only() or not mine)
    if (history := history_of(job)) is None:
        st.caption(no_history(job))
        return
    if (network := network_of(job.plan)) is None:
        st.caption("Its network is not known here, so its windows cannot be drawn.")
        return
    recipe, scrub = job.plan.recipe, not job.active
    answer = encode_history(history, network, recipe.steps, scrub, recipe.data)
    mount_replay(replay_data(name, answer, scrub=scrub), key="replay", on_state=lambda: None)


def watch(at_work: bool, plan: Plan | None, found: list[list[Job]]) -> None:
    """Show the list of runs and the chosen one; this fragment reruns by itself.

    Args:
        at_work: whether a job was active when the whole page was last drawn; this set how often
            the fragment reruns.
        plan: the plan that is chosen; None where training is switched off.
        found: the jobs that the page has just found, as its only item, which is taken out; later
            runs find the jobs themselves.
    """
    jobs = found.pop() if found else find_jobs(ROOT)
    if any(job.active for job in jobs) != at_work:
        st.rerun()
    if trouble := st.session_state.get("trouble"):
        st.error(trouble)
    if not jobs:
        st.caption("Nothing was trained here yet.")
        show_example_run(plan or USUAL, trains=plan is not None)
        return
    show_job(choose_job(jobs))


def choose_job(jobs: list[Job]) -> Job:
    """Choose the run to show: the list offers the newest MAX_OFFERED, and a link can name any."""
    by_name = {name_of(job.folder): job for job in jobs}
    validate_choice("job", by_name, "the name of a run here")
    if st.session_state.get("job") not in by_name:
        st.session_state.job = st.query_params.get("job", next(iter(by_name)))
    offered = list(by_name)[:MAX_OFFERED]
    if st.session_state.job not in offered:
        offered.append(st.session_state.job)
    chosen = st.selectbox("Runs, the newest first", offered, key="job", bind="query-params")
    if len(by_name) > len(offered):
        st.caption(f"The newest {MAX_OFFERED} of {len(by_name):,}; a link names any.")
    return by_name[chosen]


accept_old_names(old_names.RECIPE)
plan = None
if shows("sentence"):
    if read_only():
        st.markdown("#### Watch networks learn where to look.")
        st.caption(
            "Training is switched off on this server: train on a computer of your own, or ask "
            "whoever runs the server."
        )
    else:
        st.markdown("#### Choose a network, start it, and watch its grid learn.")
        st.caption("It trains in a process of its own: close this page, come back, it has gone on.")
if not read_only():
    with st.container(key="part-choices-row"):
        plan = ask_plan()
        problems = list(plan.problems())
        for problem in problems:
            st.warning(problem)
        st.button(
            "Start", type="primary", on_click=attempt, args=(start, plan), disabled=bool(problems)
        )

jobs = find_jobs(ROOT)
at_work = any(job.active for job in jobs)
st.fragment(watch, run_every=EVERY if at_work else SELDOM)(at_work, plan, [jobs])

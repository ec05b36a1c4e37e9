"""Controls and texts of the Train page: hyperparameter inputs, and jobs as sentences."""

from __future__ import annotations

from typing import Any

import streamlit as st

from stnviz.checkpoints.card import CARD, HISTORY, BadCheckpoint, load_card
from stnviz.checkpoints.library import init_candidates
from stnviz.checkpoints.titles import network_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import start_values
from stnviz.experiments.recipe import HYPERPARAMETERS, Recipe
from stnviz.live.links import LANDING, PlayState
from stnviz.papers.defaults import default_recipe
from stnviz.records import History, Parameter
from stnviz.runs.jobs import Job
from stnviz.runs.permission import read_only
from stnviz.runs.plan import Plan
from stnviz.runs.progress import duration
from stnviz.ui.stage.model import library
from stnviz.ui.url_state import read_choice, validate_number

STEPS = {300: "a glimpse", 2_000: "a lesson", 20_000: "the whole table's way"}
EVERY = 2.0
"""Seconds between two checks of a run that is active."""
SELDOM = 20.0
"""Seconds between two checks while none is active: another visitor may start a run."""

_LABELS = {
    "learning_rate": "Learning rate",
    "localisation_lr_ratio": "Localisation learning rate, ratio",
    "dropout": "Dropout",
    "elastic_augmentation": "Elastic augmentation",
    "weight_decay": "Weight decay",
    "label_smoothing": "Label smoothing",
    "ema_decay": "Weight averaging (EMA decay)",
    "identity_penalty": "Identity penalty",
    "consistency_weight": "Consistency loss",
    "perturbation": "Perturbation of windows",
    "curriculum": "Curriculum",
    "patience": "Early stopping (patience)",
}
_STEPS = {"learning_rate": 1e-3, "weight_decay": 0.01, "patience": 1.0, "ema_decay": 0.001}


def hyperparameter_control(parameter: Parameter, usual: Recipe, mine: str) -> float:
    """A number input for one hyperparameter, with its help text below.

    Args:
        parameter: which one.
        usual: the recipe with the initial value.
        mine: key suffix that distinguishes the controls of another data set.
    """
    whole = parameter.name == "patience"
    kind: Any = int if whole else float
    step = kind(_STEPS.get(parameter.name, 0.05))
    validate_number(f"{parameter.name}{mine}", parameter.low, parameter.high, whole=whole)
    value = st.number_input(
        _LABELS[parameter.name],
        kind(parameter.low),
        kind(parameter.high),
        kind(getattr(usual, parameter.name)),
        step,
        format="%d" if whole else "%g",
        key=f"{parameter.name}{mine}",
        bind="query-params",
    )
    st.caption(parameter.help)
    return value


def init_control(family: str, usual: Recipe, network: str) -> str:
    """The initial weights: new ones, or those of any checkpoint of the same kind.

    Args:
        family: of the network.
        usual: the recipe whose initial weights are the default.
        network: as the plan calls it.
    """
    names = ["", *library().cards(family)]
    meant = init_candidates(usual.init_from, network) if usual.init_from else ()
    first = next((name for name in meant if name in names), "")
    asked = read_choice("init_from", names, first, "a network of this kind here")
    # Bound to the URL by hand: a bound list would put titles, not names, into links.
    chosen = st.selectbox(
        "Initialise from", names, names.index(asked),
        key="-".join(filter(None, ("init_from", usual.data, first))),
        format_func=lambda name: name or "new weights",
    )  # fmt: skip
    st.caption("Weights of another network, as far as they fit; the rest begins anew.")
    if chosen == first:
        st.query_params.pop("init_from", None)
    else:
        st.query_params["init_from"] = chosen
    return chosen


def describe_recipe(recipe: Recipe) -> str:
    """The settings in which a recipe differs from the default, in a few words."""
    usual = default_recipe(recipe.data, recipe.steps)
    unusual = [f"initialised from {recipe.init_from}"] if recipe.init_from else []
    unusual += (
        f"{_LABELS[p.name].lower()} {getattr(recipe, p.name):g}"
        for p in HYPERPARAMETERS
        if getattr(recipe, p.name) != getattr(usual, p.name)
    )
    return ", ".join(unusual)


def title_of(plan: Plan) -> str:
    """A plan's title, such as ``ST-CNN affine on mnist-r``."""
    return f"{network_title(plan.model, plan.transform)} on {plan.recipe.data}"


def title_of_data(name: str) -> str:
    """The title of a data set; it starts with "Digits" for the family of digits."""
    found = DATA_SETS.get(name)
    return f"Digits, {found.title.lower()}" if found.family == "digits" else found.title


def status(job: Job) -> str:
    """One line on a job's progress."""
    progress = job.progress
    done = f"step {progress.step:,} of {progress.steps:,}"
    if progress.phase == "training":
        if progress.left is None:
            return f"begins ({done})"
        return f"{done}, {duration(progress.left)} left"
    if progress.phase == "finished":
        try:
            metrics = load_card(job.folder).metrics
            error, count = float(metrics["error"]), int(metrics["count"])
            return f"finished, error {100 * error:.2f} % on {count:,} pictures"
        except (BadCheckpoint, KeyError, TypeError, ValueError, OverflowError):
            return "finished, but its checkpoint cannot be read"
    words = {
        "queued": f"waits its turn ({done})",
        "measuring": "measures its error on the test pictures",
        "stopped": f"stopped at {done}" if progress.step else f"not begun ({done})",
        "failed": f"failed at {done}",
    }
    return words[progress.phase]


def is_finished(job: Job) -> bool:
    """Whether the job has left a checkpoint."""
    return (job.folder / CARD).exists()


def history_of(job: Job) -> History | None:
    """The history of its probe so far, if there is any."""
    try:
        history = History.load(job.folder / HISTORY)
    except (OSError, ValueError):
        return None
    return history if len(history) else None


def train_one() -> str:
    """Where to get a network that is missing: the end of a sentence."""
    if read_only():
        return "ask whoever runs this server to train it; training is switched off here."
    return "train it on the Train page."


def no_history(job: Job) -> str:
    """Why there are no probe images of a job, and what to do."""
    if (job.folder / HISTORY).exists() and (job.progress.step or is_finished(job)):
        return "The pictures of its probe cannot be read: train it again to see them."
    return "The pictures of its probe come with its first step."


def play_query(data: str, name: str) -> dict[str, str]:
    """URL parameters that open Play with one network, on images like those it was trained on."""
    return PlayState(data, (name,), LANDING.digit, values=start_values(data)).query()


def page_of_network(data: str, name: str) -> tuple[str, str, dict[str, str]]:
    """The page that shows a finished network, the text of the link to it, and its parameters."""
    if DATA_SETS.get(data).family == "digits":
        return "play", "Play with it", play_query(data, name)
    return "attention", "See where it looks", {"what": data, "model": name}


def network_of(plan: Plan) -> dict[str, Any] | None:
    """The config of the plan's network, as a card has it; None if it cannot be built here."""
    if any(plan.problems()) or any(plan.changing_problems()):
        return None
    return dict(vars(plan.config()))

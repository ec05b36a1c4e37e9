"""Error curves of networks, as the Results page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from stnviz.analysis.distortion_sweep import sweep_error
from stnviz.checkpoints.distortion_sweeps import load_stored_sweep
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.digits import part_of_gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.units import label, reading
from stnviz.export.scenes.network import card_of, library, model_of
from stnviz.export.scenes.scene import Chart, Frame, NotExportable, Scene
from stnviz.papers.curves import SWEPT, places_of, sweepable
from stnviz.records import Parameter


def curve_scene(
    data: str,
    parameter: str,
    names: Sequence[str],
) -> Scene:
    """The error of some networks over one value of a distortion.

    Args:
        data: name of the distortion.
        parameter: name or label of its parameter; the first one if empty.
        names: of the checkpoints.

    Raises:
        NotExportable: there is no such parameter or network.
    """
    offered = sweepable(data)
    found = [one for one in offered if parameter in ("", one.name, label(one))]
    if not found or not names:
        raise NotExportable("These pictures have no curve: choose others, or another network.")
    chosen = found[0]
    factor, sign = reading(chosen).factor, reading(chosen).sign
    curves = {
        checkpoint_title(name, card_of(name).model): [100 * e for e in _errors(name, data, chosen)]
        for name in names
    }
    low, high = DISTORTIONS.get(data).trained[chosen.name]
    title = DISTORTIONS.get(data).title
    chart = Chart(
        f"{label(chosen)}, {sign.strip()}" if sign.strip() else label(chosen),
        [factor * place for place in places_of(chosen)], curves, (factor * low, factor * high),
    )  # fmt: skip
    return Scene(
        name=f"{data}-error-over-{chosen.name.replace('_', '-')}",
        title=f"Error over {label(chosen).lower()} on {title}",
        caption=f"{', '.join(names)}. Data: {title}, 1,000 gallery digits at each value; all else "
        "as in training.",
        count=1, draw=lambda _: Frame(()), chart=chart,
    )  # fmt: skip


def _errors(name: str, data: str, parameter: Parameter) -> list[float]:
    digits, places = part_of_gallery(SWEPT), places_of(parameter)
    card, folder = card_of(name), library().folder(name)
    kept = load_stored_sweep(folder, card.digest, digits.source, parameter.name, places)
    return kept or list(sweep_error(model_of(name), data, parameter.name, places, digits))

"""Drawn birds: where their parts are, what a species is, and how sets of them are kept."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import numpy as np
import pytest

import stnviz
from stnviz.data.birds import synthetic as flocks
from stnviz.data.birds.anatomy import (
    FOLDED_WING,
    HEAD,
    RAISED_WING,
    STANCES,
    TRUNK,
    Pose,
    draw_pose,
    smooth,
)
from stnviz.data.birds.drawn import draw_bird
from stnviz.data.birds.parts import PARTS, REGIONS
from stnviz.data.birds.plumage import BODIES, HEADS, REAR, SPECIES
from stnviz.data.birds.synthetic import SEEDS, drawn, synthetic_birds

SIDE, WINDOW = 96, 0.5


def poses(count: int) -> list[Pose]:
    return [draw_pose(np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.cardinality
def test_parts_and_regions_are_those_of_cub() -> None:
    assert len(PARTS) == 15
    named = [part for parts in REGIONS.values() for part in parts]
    assert sorted(named) == sorted(PARTS)


@pytest.mark.cardinality
def test_species_are_pairs() -> None:
    assert len(SPECIES) == len(set(SPECIES)) == len(HEADS) * len(BODIES) == 36


@pytest.mark.feature
def test_a_bird_is_the_same_for_the_same_seed() -> None:
    first, again = (draw_bird((3, 7), SIDE) for _ in range(2))
    assert (first.image == again.image).all()
    assert first.image.shape == (SIDE, SIDE, 3)
    assert (first.parts == again.parts).all()
    assert (first.image != draw_bird((3, 8), SIDE).image).any()


@pytest.mark.feature
@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=pytest.mark.slow) for place in range(1, 6)]
)
def test_another_head_changes_the_head_and_another_body_the_rest(place: int) -> None:
    for seed in range(12):
        pose = draw_pose_of(seed)
        plain = draw_bird((seed,), SIDE, 0)
        head, body = draw_bird((seed,), SIDE, 6 * place), draw_bird((seed,), SIDE, place)
        assert (plain.parts == head.parts).all()
        assert (plain.parts == body.parts).all()
        middle = pose.on_head((0.0, 0.0))
        for other, near in ((head, True), (body, False)):
            changed = np.argwhere((other.image != plain.image).any(axis=2))[:, ::-1] / SIDE
            distance = np.hypot(*(changed - middle).T) / (0.4 * pose.size)
            if near:
                assert len(changed)
                assert distance.max() < 1.5
            elif len(changed):  # leaves may hide what differs
                assert np.median(distance) > 1


def draw_pose_of(seed: int) -> Pose:
    """The pose of ``draw_bird((seed,), ...)``: its first draws are the species and the pose."""
    random = np.random.default_rng((seed,))
    random.integers(len(SPECIES))
    return draw_pose(random)


@pytest.mark.law
def test_parts_lie_in_the_box_and_the_picture() -> None:
    for seed in range(25):
        bird = draw_bird((seed,), 32)
        seen = bird.parts[bird.parts[:, 2] > 0, :2]
        left, top, right, bottom = bird.box
        assert len(seen) >= 4
        assert (seen >= (left - 0.02, top - 0.02)).all()
        assert (seen <= (right + 0.02, bottom + 0.02)).all()
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@pytest.mark.feature
@pytest.mark.parametrize("stance", STANCES)
def test_what_a_stance_hides_is_not_a_part(stance: str) -> None:
    found = [set(pose.places()) for pose in poses(200) if pose.stance == stance]
    assert len(found) > 20
    for names in found:
        assert names <= set(PARTS)
        assert len(names & {"left eye", "right eye"}) == 1
        assert ("left leg" in names) == (stance == "perching")
        assert ("belly" in names) == (stance != "swimming")
        wings = len(names & {"left wing", "right wing"})
        assert wings == (2 if stance == "flying" else 1)


@pytest.mark.feature
def test_a_bird_that_faces_left_shows_its_left() -> None:
    for pose in poses(100):
        beak, nape = (pose.places()[name] for name in ("beak", "nape"))
        looks_left = bool(beak[0] < nape[0])
        assert ("left eye" in pose.places()) == looks_left


@pytest.mark.feature
def test_heads_are_everywhere() -> None:
    crowns = np.array([pose.places()["crown"] for pose in poses(400)])
    assert crowns.std(axis=0).min() > 0.12
    counts, *_ = np.histogram2d(*crowns.T, bins=2, range=((0, 1), (0, 1)))
    assert counts.min() > 10


@pytest.mark.feature
def test_one_window_seldom_has_all_of_both_patterns() -> None:
    spans = []
    for pose in poses(300):
        wing = RAISED_WING if pose.stance == "flying" else FOLDED_WING
        rear = [point for point in (*TRUNK, *wing) if point[0] < max(x for x, _ in REAR)]
        both = np.concatenate([pose.on_head(HEAD), pose.on_body(rear)]).clip(0, 1)
        spans.append(np.ptp(both, axis=0).max())
    assert np.mean(np.array(spans) > WINDOW) > 0.9


@pytest.mark.feature
def test_a_positive_gaze_lowers_the_beak_whichever_way_the_bird_looks() -> None:
    for pose in poses(40):
        up, down = (replace(pose, gaze=gaze).places()["beak"][1] for gaze in (-0.3, 0.3))
        assert up < down


@pytest.mark.feature
@pytest.mark.slow
def test_what_lies_behind_something_is_not_seen() -> None:
    breast = PARTS.index("breast")
    hidden = [
        bool(bird.parts[breast, 0]) and not bird.parts[breast, 2]
        for seed in range(150)
        if draw_pose_of(seed).stance == "swimming"
        for bird in [draw_bird((seed,), 32)]
    ]
    assert 0.1 < np.mean(hidden) < 0.6  # the water comes up to it


@pytest.mark.feature
@pytest.mark.slow
def test_an_eye_that_is_seen_is_dark() -> None:
    dark = []
    for seed in range(20):
        bird = draw_bird((seed,), 224)
        for place in (PARTS.index("left eye"), PARTS.index("right eye")):
            x, y, seen = bird.parts[place]
            if seen:
                dark.append(bird.image[int(224 * y), int(224 * x)].mean() < 60)
    assert len(dark) > 14
    assert all(dark)


@pytest.mark.feature
def test_a_smooth_curve_goes_through_its_points() -> None:
    square = np.array(((0.0, 0), (1, 0), (1, 1), (0, 1)))
    curve = smooth(square, each=10)
    assert len(curve) == 40
    assert np.allclose(curve[::10], square)


@pytest.mark.feature
def test_sets_are_kept_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(flocks.COUNTS, "validation", 4)
    birds = synthetic_birds("validation", 24, tmp_path)
    assert len(birds) == 4
    assert birds.labels.tolist() == [0, 1, 2, 3]
    assert (birds.images[2] == drawn("validation", 2, 24).image).all()
    (kept,) = (tmp_path / "drawn-birds").iterdir()
    monkeypatch.setattr(flocks, "drawn", None)  # nothing is drawn a second time
    again = synthetic_birds("validation", 24, tmp_path)
    assert (again.images == birds.images).all()
    assert (again.parts == birds.parts).all()
    assert again.species == SPECIES
    monkeypatch.undo()
    monkeypatch.setitem(flocks.COUNTS, "validation", 4)
    whole = kept.read_bytes()
    for damaged in (whole[:200], b""):
        kept.write_bytes(damaged)
        assert (synthetic_birds("validation", 24, tmp_path).images == birds.images).all()
    monkeypatch.setitem(flocks.COUNTS, "validation", 3)
    assert synthetic_birds("validation", 24, tmp_path).source == "3 birds drawn by stnviz"


@pytest.mark.feature
def test_parts_of_a_flock_share_no_bird() -> None:
    assert len(set(SEEDS.values())) == len(SEEDS)
    pictures = [drawn(part, 0, 24).image for part in SEEDS]
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[2]).any()


@pytest.mark.feature
def test_a_flock_that_cannot_be_kept_is_drawn_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(flocks.COUNTS, "test", 3)
    assert len(synthetic_birds("test", 16, tmp_path / "file")) == 3


@pytest.mark.feature
def test_many_are_drawn_by_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(flocks.COUNTS, "test", 5)
    monkeypatch.setattr(flocks, "FEW", 0)
    birds = synthetic_birds("test", 16, tmp_path)
    assert birds.labels.tolist() == [0, 1, 2, 3, 4]
    assert (birds.images[4] == drawn("test", 4, 16).image).all()


@pytest.mark.feature
def test_whoever_is_killed_while_drawing_leaves_nobody_who_draws_on(tmp_path: Path) -> None:
    program = (
        "from stnviz.data.birds import synthetic as flocks\n"
        "if __name__ == '__main__':\n"
        "    drawing = flocks._draw_all('train', 96, 4_000)\n"
        "    next(drawing); print('drawing', flush=True); list(drawing)\n"
    )
    script = tmp_path / "draw.py"
    script.write_text(program)
    ours = {**os.environ, "PYTHONPATH": str(Path(stnviz.__file__).parents[1])}
    with Popen([sys.executable, str(script)], stdout=PIPE, text=True, env=ours) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "drawing\n"
        process.kill()
        # Those who draw have the same standard output: it ends when the last of them does.
        reader = Thread(target=process.stdout.read, daemon=True)
        reader.start()
        reader.join(20)
        assert not reader.is_alive()

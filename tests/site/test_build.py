"""Writing the site: its files name each other, in one version, and graphs are kept."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

import pytest

from stnviz.checkpoints.library import default_library
from stnviz.cli import main
from stnviz.data.digits import gallery
from stnviz.live.protocol import decode_answer
from stnviz.onnx import web_runtime
from stnviz.onnx.graph import Graph
from stnviz.settings import WEB_RUNTIME
from stnviz.site import build
from stnviz.site.build import build_site
from stnviz.site.contents import SitePage, chosen_networks
from stnviz.site.lessons import lessons_page

NETWORKS = ("mnist-r/st-cnn-affine", "mnist-r/cnn", "mnist-tc/cnn")


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The graphs that have been recorded; the runtime and the recording are stubs."""
    for name in web_runtime.FILES:
        (tmp_path / name).write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    monkeypatch.setattr(web_runtime, "FILES", dict.fromkeys(web_runtime.FILES, empty))
    monkeypatch.setenv(WEB_RUNTIME, str(tmp_path))
    names: list[str] = []

    def save(graph: Graph, path: Path) -> None:
        names.append(f"{path.parent.name}/{path.stem}")
        path.write_bytes(b"graph")

    monkeypatch.setattr(build, "save", save)
    return names


@pytest.mark.feature
def test_every_file_that_is_named_is_there(recorded: list[str], tmp_path: Path) -> None:
    site = tmp_path / "site"
    files = build_site(site, default_library(), NETWORKS)
    assert all(path.is_file() for path in files)
    texts = {p.name: p.read_text(encoding="utf-8") for p in files if p.suffix in (".html", ".js")}
    data = json.loads((site / "play.json").read_text(encoding="utf-8"))
    named = [*re.findall(r'(?:href|src)="([\w.]+\?v=\w+)"', texts["index.html"])]
    named += [f"{name}?v={data['version']}" for name in (
        *re.findall(r'^  \w+: "([\w.]+)",$', texts["play.js"], re.MULTILINE),
        *re.findall(r'"([\w.]+)\?v=\w+"', texts["service_worker.js"]),
    )]  # fmt: skip
    named += [address for model in data["models"].values() for address in model["graphs"].values()]
    assert len(named) > 12
    for address in named:
        name, _, version = address.partition("?v=")
        assert (site / name).is_file(), name
        assert name.endswith(".onnx") or version == data["version"]
    assert f'SITE_VERSION = "{data["version"]}"' in texts["play.js"]
    assert "__VERSION__" not in "".join(texts.values())
    packed = (site / "gallery.bin.gzipped").read_bytes()
    assert gzip.decompress(packed) == gallery().images.tobytes()


@pytest.mark.feature
def test_every_choice_of_a_visitor_has_its_graph(recorded: list[str], tmp_path: Path) -> None:
    build_site(tmp_path / "site", default_library(), NETWORKS)
    data = json.loads((tmp_path / "site" / "play.json").read_text(encoding="utf-8"))
    for name, distortion in data["distortions"].items():
        assert distortion["first"], name
        for model in distortion["models"]:
            assert name in data["models"][model]["graphs"]
    of_play = [name for name in recorded if "/inside-" not in name]
    assert len(of_play) == sum(len(model["graphs"]) for model in data["models"].values())
    assert data["landing"]["models"] == ["mnist-r/st-cnn-affine", "mnist-r/cnn"]


@pytest.mark.feature
def test_graphs_are_kept_and_recorded_anew_for_other_weights(
    recorded: list[str], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    build_site(site, default_library(), NETWORKS[:1])
    count = len(recorded)
    assert count >= 4
    build_site(site, default_library(), NETWORKS[:1])
    assert len(recorded) == count
    (site / "graphs" / NETWORKS[0] / "free.of").write_text("other weights")
    build_site(site, default_library(), NETWORKS[:1])
    assert recorded[count:] == ["st-cnn-affine/free"]


@pytest.mark.feature
def test_a_site_without_the_landing_networks_opens_with_what_it_has(
    recorded: list[str], tmp_path: Path
) -> None:
    build_site(tmp_path, default_library(), ["mnist-tc/cnn"])
    data = json.loads((tmp_path / "play.json").read_text(encoding="utf-8"))
    assert data["landing"] is None
    assert data["first"] is None
    assert list(data["distortions"]) == ["mnist-tc", "free"]


@pytest.mark.feature
def test_pages_beside_play_name_files_that_are_there(recorded: list[str], tmp_path: Path) -> None:
    models = (NETWORKS[0], "mnist-perturbed/cnn", "sequences/cnn", "mnist-addition/2st-fcn-affine")
    files = build_site(tmp_path, default_library(), models)
    assert recorded.count("cnn/steps") == 2
    for name in ("inside", "steps", "attention", "lessons"):
        text = (tmp_path / name / "index.html").read_text(encoding="utf-8")
        for address in re.findall(r'(?:href|src)="(\.\./[\w./?=]*)"', text):
            assert (tmp_path / name / address.partition("?")[0]).exists(), address
        assert text.count("<a href") == 5
        assert f'<script type="module" src="../{name}.js?v=' in text
    steps = json.loads((tmp_path / "steps.json").read_text(encoding="utf-8"))
    assert [kind["networks"] for kind in steps["kinds"]] == [[models[2]], [models[1]]]
    for one in steps["networks"].values():
        assert (tmp_path / one["graph"].partition("?")[0]).is_file()
        head, _ = decode_answer((tmp_path / one["trace"].partition("?")[0]).read_bytes())
        assert head["count"] == steps["offered"]
        pictures = list((tmp_path / "pictures" / one["data"]).iterdir())
        assert len(pictures) == steps["offered"]
    inside = json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))
    assert inside["networks"].keys() == {NETWORKS[0]}
    for one in inside["networks"].values():
        assert one["graphs"].keys() == {"look", "grid", "read"}
        for address in (one["opening"], *one["graphs"].values()):
            assert (tmp_path / address.partition("?")[0]).is_file()
    assert len(inside["classes"]) == inside["digits"]
    windows = json.loads((tmp_path / "attention.json").read_text(encoding="utf-8"))
    (views,) = (one["views"] for one in windows["networks"].values())
    assert len(list((tmp_path / views).iterdir())) == windows["offered"]
    assert len(files) > 100


@pytest.mark.feature
def test_lessons_of_the_site_open_its_pages_and_hold_no_notes() -> None:
    shown = [
        SitePage("play", {"models": dict.fromkeys(("mnist-r/st-cnn-affine", "mnist-r/cnn"))}),
        SitePage("inside", {"networks": {"mnist-r/st-cnn-affine": {}}}),
        SitePage("attention", {"networks": {"birds/2st-cnn-translation": {}}}),
    ]
    page = lessons_page(shown, "1")
    opened = set()
    for language, names in page.data["names"].items():
        for name in names:
            data = json.loads(page.files[f"lessons/{language}/{name}.json"])
            assert data["lesson"]["notes"] == []
            assert data["lesson"]["questions"]
            place, _, query = data["lesson"]["href"].partition("?")
            opened.add(place)
            assert "numbers" not in query
            assert "colocalise" not in query
            assert "mnist-e" not in query
            assert "mnist-volume" not in query
    assert opened == {"", "../", "../inside/", "../attention/"}


@pytest.mark.feature
def test_a_usual_site_has_the_networks_that_lessons_open() -> None:
    cards = default_library().cards()
    names = chosen_networks((), cards)
    assert {"mnist-e/cnn", "mnist-perturbed/ic-stn-4-projective", "birds/4st-cnn-translation",
            "mnist-addition/cnn", "numbers-128/st-cnn-multi-affine"} <= names.keys()  # fmt: skip
    assert not any(card.family in ("finder", "volumes") for card in names.values())


@pytest.mark.feature
def test_a_page_in_one_file_names_no_other(
    recorded: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "play.html"
    assert main(["site", "--single-file", "-o", str(file)]) == 0
    assert "one file" in capsys.readouterr().out
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", text)
    inside = dict(re.findall(r'<script type="text/plain" data-file="([^"]+)">([^<]+)<', text))
    unpacked = {name: gzip.decompress(base64.b64decode(one)) for name, one in inside.items()}
    data = json.loads(unpacked["play.json"])
    assert data["digits"] * 784 == len(unpacked["gallery.bin.gzipped"])
    assert list(data["distortions"]) == ["mnist-r"]
    for model in data["models"].values():
        assert all(name.split("?")[0] in inside for name in model["graphs"].values())
    assert recorded == ["st-cnn-affine/mnist-r", "cnn/mnist-r"]
    assert text.count("</script>") == len(inside) + 1


@pytest.mark.exception
def test_what_is_missing_is_said(
    recorded: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for models, said in (
        (["mnist-r/none"], "There is no network mnist-r/none on Play"),
        (["birds/cnn"], "A site begins with Play"),
        (["colocalise-t/st-finder-attention"], "There is no network colocalise-t"),
        (["mnist-volume/st-cnn-affine-3d"], "There is no network mnist-volume"),
    ):
        assert main(["site", "-o", str(tmp_path / "a"), "--models", *models]) == 2
        assert said in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["site", "-o", str(tmp_path / "file")]) == 2
    assert "is a file: name another place" in capsys.readouterr().err
    assert main(["site", "--single-file", "-o", str(tmp_path)]) == 2
    assert "is a folder: name another place" in capsys.readouterr().err
    assert main(["site", "-o", str(tmp_path / "file" / "site")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    clutter = ["--models", "mnist-tc/cnn"]
    assert main(["site", "--single-file", "-o", str(tmp_path / "x.html"), *clutter]) == 2
    assert "has no clutter: take another distortion" in capsys.readouterr().err
    other = ["--models", "sequences/cnn"]
    assert main(["site", "--single-file", "-o", str(tmp_path / "x.html"), *other]) == 2
    assert "holds the Play page alone" in capsys.readouterr().err
    (tmp_path / web_runtime.WASM).write_bytes(b"cut off")
    assert main(["site", "-o", str(tmp_path / "b")]) == 2
    assert "stnviz fetch web-runtime" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
    assert not recorded

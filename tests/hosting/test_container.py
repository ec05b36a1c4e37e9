"""The container: its files, and its commands run in a fresh folder, as there may be no docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from scripts import served
from scripts.behind_nginx import HOSTING
from stnviz.onnx.web_runtime import ARCHIVE_DIGEST, FILES, PACKAGE
from stnviz.ui.pages import TITLES
from tests.hosting.recipes import ROOT, arguments, command, copied, environment
from tests.visitor import Visitor

PATIENCE = 60.0


@pytest.mark.feature
def test_the_image_gets_what_the_app_needs_and_nothing_else() -> None:
    sources = [source for source, _ in copied()]
    assert all((ROOT / source).exists() for source in sources)
    ignore = (HOSTING / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == set(sources)
    assert "*" in ignore


@pytest.mark.feature
def test_the_image_runs_as_nobody_in_particular() -> None:
    (user,) = arguments("USER")
    assert any(f"useradd --uid 1000 --create-home {user}" in step for step in arguments("RUN"))
    assert all(value.startswith(f"/home/{user}") for value in (
        environment()[name] for name in ("HOME", "STNVIZ_RUNS", "STNVIZ_DATA")
    ))  # fmt: skip


@pytest.mark.feature
def test_the_image_is_installed_by_the_project_s_own_uv() -> None:
    (version,) = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert any(f" uv=={version} " in step for step in arguments("RUN"))


@pytest.mark.feature
def test_the_image_has_the_runtime_that_the_app_knows() -> None:
    (step,) = (one for one in arguments("RUN") if "npm pack" in one)
    assert f" {PACKAGE} " in step
    assert f'"{ARCHIVE_DIGEST}  {PACKAGE.replace("@", "-")}.tgz" | sha256sum -c' in step
    assert all(f"package/dist/{name}" in step for name in FILES)
    assert "--from=runtime /runtime build/web-runtime" in arguments("COPY")


@pytest.mark.feature
def test_compose_builds_this_image_with_these_settings() -> None:
    text = (HOSTING / "compose.yaml").read_text(encoding="utf-8")
    service = yaml.safe_load(text)["services"]["stnviz"]
    context = HOSTING / service["build"]["context"]
    assert context.resolve() == ROOT
    assert (context / service["build"]["dockerfile"]).samefile(HOSTING / "Dockerfile")
    assert (HOSTING / service["env_file"]).exists()
    (exposed,) = arguments("EXPOSE")
    assert service["ports"] == [f"127.0.0.1:{exposed}:{exposed}"]


@pytest.mark.feature
def test_a_space_shows_the_port_of_the_image() -> None:
    head = (HOSTING / "space" / "README.md").read_text(encoding="utf-8").split("---")[1]
    says = yaml.safe_load(head)
    assert says["sdk"] == "docker"
    assert [str(says["app_port"])] == arguments("EXPOSE")


def build(folder: Path) -> None:
    """What COPY and the RUN that needs no other user do."""
    folder.mkdir()
    for source, target in copied():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / target, ignore=ignored)
        else:
            shutil.copy2(ROOT / source, folder / target)
    (compiling,) = (step for step in arguments("RUN") if "compileall" in step)
    subprocess.run([sys.executable, *compiling.split()[1:]], cwd=folder, check=True)


@pytest.mark.slow
@pytest.mark.feature
def test_the_commands_of_the_image_run_in_a_fresh_folder(tmp_path: Path) -> None:
    app, home, port = tmp_path / "app", tmp_path / "home", served.free_port()
    build(app)
    home.mkdir()
    before = sorted(app.rglob("*"))
    own = {name: value.replace("/home/stnviz", str(home)) for name, value in environment().items()}
    run = [sys.executable, *(word.replace("8501", str(port)) for word in command("CMD")[1:])]
    check = [sys.executable, *command("HEALTHCHECK")[1:], str(port)]
    variables = {**os.environ, **own}
    server = subprocess.Popen(run, cwd=app, env=variables, stderr=subprocess.PIPE, text=True)
    try:
        assert subprocess.run(check, cwd=app, capture_output=True).returncode == 1
        end = time.monotonic() + PATIENCE
        while subprocess.run(check, cwd=app, capture_output=True).returncode:
            assert time.monotonic() < end
            time.sleep(0.5)
        # The server is bound to all addresses, and answers to the name that a forwarded port has.
        with urllib.request.urlopen(f"http://localhost:{port}") as answer:
            assert answer.status == 200
        for page in TITLES:
            with Visitor(port, page) as visitor:
                assert not any(said.startswith("!!!") for said in visitor.said)
                if page == "train":
                    assert any("Training is switched off" in said for said in visitor.said)
    finally:
        served.stopped(server)
    assert sorted(app.rglob("*")) == before
    assert not list(home.rglob("*"))
    assert server.stderr
    assert "nobody can train" in server.stderr.read()


@pytest.mark.exception
def test_the_health_check_says_what_is_wrong() -> None:
    check = [sys.executable, str(HOSTING / "healthy.py"), str(served.free_port())]
    found = subprocess.run(check, capture_output=True, text=True)
    assert found.returncode == 1
    assert "does not answer" in found.stderr
    assert "start the app" in found.stderr

"""Fetching the runtime for browsers: what is not the known package is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stnviz.not_found import ResourceNotFound
from stnviz.onnx import web_runtime
from stnviz.onnx.web_runtime import FILES, fetch, is_complete, unpack


@pytest.mark.exception
def test_another_archive_is_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"something else")
    with pytest.raises(ResourceNotFound, match="not the archive of onnxruntime-web"):
        unpack(archive, tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()


@pytest.mark.exception
def test_a_changed_file_is_fetched_again_and_npm_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(b"cut off")
    assert not is_complete(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ResourceNotFound, match="fetched by npm: install it"):
        fetch(tmp_path)


@pytest.mark.feature
def test_a_complete_folder_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runtime").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    monkeypatch.setattr(web_runtime, "FILES", {"runtime": empty})
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert fetch(tmp_path) == tmp_path

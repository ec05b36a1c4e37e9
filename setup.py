"""A wheel holds the app as well: what lies beside the package in a checkout goes to stnviz/_app.

``stnviz/settings.py`` finds it there. Everything else about the build is in pyproject.toml.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

APP = ("app.py", "pages", "checkpoints", ".streamlit")
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildWithApp(build_py):
    """Build the package, then lay the app into it; an editable installation has it beside it."""

    def run(self) -> None:
        """Begin with an empty folder, so that no module stays that is gone from the package."""
        package = Path(self.build_lib, "stnviz")
        if not self.editable_mode:
            shutil.rmtree(package, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            for name in APP:
                there = package / "_app" / name
                if Path(name).is_dir():
                    shutil.copytree(name, there, ignore=IGNORED)
                else:
                    there.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(name, there)


setup(cmdclass={"build_py": BuildWithApp})

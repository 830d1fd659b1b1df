"""Puts the daemon's jars into the package when they have been built, also without `./dev wheel`."""

from pathlib import Path
from shutil import copytree

from setuptools import setup
from setuptools.command.build_py import build_py

DIST = Path(__file__).resolve().parent.parent / "shelf-cli" / "target" / "dist"


class BuildWithJars(build_py):
    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "arrowshelf" / "jars"
        if not target.exists() and (DIST / "arrowshelf.jar").is_file() and not self.editable_mode:
            copytree(DIST, target)


setup(cmdclass={"build_py": BuildWithJars})

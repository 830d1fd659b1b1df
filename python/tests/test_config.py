from __future__ import annotations

from pathlib import Path

import pytest

from arrowshelf import ArrowShelfError, _config


def test_nothing_named_is_the_usual_address() -> None:
    found = _config.resolve(environ={"XDG_CONFIG_HOME": "/nonexistent"})
    assert (found.directory, found.address) == (None, "localhost:50051")


def test_arguments_win_over_environment_and_environment_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "arrowshelf.conf"
    file.write_text("# a comment\n\ndir = /file/shelf\nmemory-limit = 4GB\n")
    environ = {"ARROWSHELF_CONFIG": str(file)}
    assert _config.resolve(environ=environ).directory == Path("/file/shelf")
    environ["ARROWSHELF_ADDRESS"] = "box:7"
    assert _config.resolve(environ=environ) == _config.Config(None, "box:7")
    environ["ARROWSHELF_DIR"] = "/environment/shelf"
    assert _config.resolve(environ=environ) == _config.Config(Path("/environment/shelf"), "box:7")
    assert _config.resolve("there:9", environ=environ) == _config.Config(None, "there:9")
    assert _config.resolve(directory="/argument", environ=environ).directory == Path("/argument")


def test_default_file_lies_below_the_config_home(tmp_path: Path) -> None:
    (tmp_path / "arrowshelf").mkdir()
    (tmp_path / "arrowshelf" / "arrowshelf.conf").write_text("host = box\nport = 6000\n")
    assert _config.resolve(environ={"XDG_CONFIG_HOME": str(tmp_path)}).address == "box:6000"


def test_named_file_must_exist_and_be_well_formed(tmp_path: Path) -> None:
    with pytest.raises(ArrowShelfError, match="does not exist"):
        _config.resolve(config=tmp_path / "missing", environ={})
    (tmp_path / "bad").write_text("dir /x\n")
    with pytest.raises(ArrowShelfError, match="line=1"):
        _config.resolve(config=tmp_path / "bad", environ={})


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512MiB", 512 << 20),
        ("4GB", 4_000_000_000),
        ("123", 123),
        ("1.5 GiB", 3 << 29),
        ("2k", None),
        (7, 7),
        ("", None),
    ],
)
def test_sizes(text: "str | int", size: "int | None") -> None:
    if size is None:
        with pytest.raises(ValueError, match="Size"):
            _config.parse_size(text)
    else:
        assert _config.parse_size(text) == size


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("localhost:50051", ("localhost", 50051)),
        ("[::1]:7", ("::1", 7)),
        ("grpc://box:9", ("box", 9)),
        ("box", ("box", 50051)),
    ],
)
def test_addresses(address: str, parts: tuple[str, int]) -> None:
    assert _config.split_address(address) == parts


@pytest.mark.parametrize("address", ["box:", "box:0", "box:99999", ":80"])
def test_bad_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        _config.split_address(address)

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clerk_deploy.environment.sources import LARGEST, Entry, from_file, from_mapping, from_text
from clerk_deploy.errors import Exit, UnusableInputError

UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "There is no file"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
    "binary": (lambda path: path.write_bytes(b"A=1\n\x00\x01\x02"), "binary"),
    "an executable": (lambda path: path.write_bytes(b"\x7fELF\x02\x01\x01\xff\xfe\xfd"), "no UTF-8 text"),
    "Latin-1": (lambda path: path.write_bytes("A=caf\u00e9\n".encode("latin-1")), "no UTF-8 text: byte 6"),
    "UTF-16": (lambda path: path.write_text("A=1\n", encoding="utf-16"), "UTF-16"),
    "huge": (lambda path: path.write_bytes(b"#" * (LARGEST + 1)), "256 KiB"),
    "below a file": (lambda path: path.parent.joinpath("x").write_text(""), "There is no file"),
}


@pytest.mark.parametrize(("make", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_unusable_file_is_one_clear_message(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / ".env.production"
    make(path)

    with pytest.raises(UnusableInputError) as caught:
        from_file(path)

    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.next_step
    assert caught.value.exit_code is Exit.USAGE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1")
    path.chmod(0)

    with pytest.raises(UnusableInputError, match="Permission denied"):
        from_file(path)


def test_endless_device_ends() -> None:
    with pytest.raises(UnusableInputError, match="256 KiB"):
        from_file(Path("/dev/zero"))


def test_name_with_a_null_is_told() -> None:
    with pytest.raises(UnusableInputError, match="cannot be read"):
        from_file(Path("a\0b"))


def test_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("A=1\n"))
    writer.start()

    raw = from_file(pipe)
    writer.join()

    assert raw.entries == (Entry(name="A", value="1", line=1),)


def test_lines_are_counted_from_one_whatever_stands_between() -> None:
    raw = from_text("# a\r\n\r\nA=1\r\n\r\n\r\nB=2\nC='x\ny'\nD=4\n", source="x")

    assert [(entry.name, entry.line) for entry in raw.entries] == [("A", 3), ("B", 6), ("C", 7), ("D", 9)]


def test_nothing_is_interpolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "leaked")

    assert from_text("A=${HOST}\nB=$HOST", source="x").entries == (
        Entry(name="A", value="${HOST}", line=1),
        Entry(name="B", value="$HOST", line=2),
    )


def test_mapping_is_a_source_too() -> None:
    assert from_mapping({"A": "1"}, source="the process").entries == (Entry(name="A", value="1"),)


def test_value_is_not_in_the_entrys_repr() -> None:
    assert "swordfish" not in repr(from_text("A=swordfish", source="x"))

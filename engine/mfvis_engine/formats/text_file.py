"""Text files and the numbers in them, with errors that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfvis_engine.formats.errors import FormatError


def read_text(path: Path) -> str:
    """The whole of a UTF-8 file, with line ends as they are and without a byte order mark.

    Raises:
        FormatError: The file cannot be opened, or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path} is not UTF-8 (byte {error.start} is {error.object[error.start]:#04x}): save it as UTF-8 text"
        ) from error


def parse_whole(name: str, text: str) -> int:
    """A whole number, also when written as 3.0, or FormatError."""
    number = parse_number(name, text)
    if not number.is_integer():
        raise FormatError(f"{name} {text.strip()!r} is no whole number")
    return int(number)


def parse_number(name: str, text: str) -> float:
    """A number, or FormatError."""
    try:
        return float(text.replace("_", "?"))  # Python passes over what separates thousands in its own numbers
    except ValueError as error:
        raise FormatError(f"{name} {text.strip()!r} is no number") from error


@contextmanager
def in_line(path: Path, line: int) -> Iterator[None]:
    """Put the file and the line, from 1, before what is wrong in the block."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{path.name} line {line}: {error}") from error

"""XML read an element at a time, without what makes XML dangerous: no document type, so no entities and no links."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.text_file import parse_number, parse_whole

CHUNK_BYTES = 2**16
MAX_ELEMENT_BYTES = 2**24
"""The longest element that is read whole, and the longest tag."""

MAX_DEPTH = 32


@dataclass(slots=True)
class XmlElement:
    """An element of an XML file.

    Attributes:
        file_name: For errors.
        line: Of its start tag, from 1.
        tag: Its name.
        attributes: As in the start tag.
        children: The elements in it, where it is read whole.
        text: What else stands in it, where it is read whole.
    """

    file_name: str
    line: int
    tag: str
    attributes: dict[str, str]
    children: list["XmlElement"] = field(default_factory=list)
    text: str = ""

    @property
    def place(self) -> str:
        """Where this is in the file."""
        return f"line {self.line}"

    def error(self, problem: str) -> FormatError:
        """An error about this element."""
        return FormatError(f"{self.file_name} {self.place}: <{self.tag}> {problem}")

    def all(self, tag: str) -> Iterator["XmlElement"]:
        """The elements of this tag directly within this one."""
        return (child for child in self.children if child.tag == tag)

    def text_of(self, tag: str) -> str:
        """The text of the first element of this tag directly within this one; empty if there is none."""
        return next((child.text.strip() for child in self.all(tag)), "")

    def get(self, name: str) -> str:
        """An attribute, or FormatError."""
        if name not in self.attributes:
            raise self.error(f"has no {name!r}: it is needed")
        return self.attributes[name]

    def number(self, name: str) -> float:
        """An attribute that is a number, or FormatError."""
        try:
            return parse_number(name, self.get(name))
        except FormatError as error:
            raise self.error(f"is wrong: {error}") from error

    def whole(self, name: str) -> int:
        """An attribute that is a whole number, or FormatError."""
        try:
            return parse_whole(name, self.get(name))
        except FormatError as error:
            raise self.error(f"is wrong: {error}") from error

    def flag(self, name: str, *, default: bool) -> bool:
        """An attribute that is 0 or 1, or FormatError."""
        text = self.attributes.get(name, str(int(default)))
        if text not in ("0", "1"):
            raise self.error(f"has {name} {text!r}: it must be 0 or 1")
        return text == "1"


def stream_xml(path: Path, depth: int) -> Iterator[tuple[XmlElement, ...]]:
    """The elements of a file down to a depth: those above it as they start, those at it when they have been read.

    Args:
        path: The file.
        depth: 1 for the root alone. Only what is at this depth is read whole, with its text and children.

    Yields:
        An element last, before it those it stands in, from the root on.

    Raises:
        FormatError: The file cannot be read, is no XML, has a document type, or something in it is absurdly large;
            names the line.
    """
    events = _Events(path.name, depth)
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield from events.feed(chunk)
            yield from events.feed(b"", is_last=True)
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}): check the path") from error


class _Events:
    """What the parser met since it was last asked."""

    def __init__(self, file_name: str, depth: int) -> None:
        self._file_name = file_name
        self._depth = depth
        self._fed_bytes = 0
        self._whole_from_byte: int | None = None  # where the element at the depth starts that is being read
        self._stack: list[XmlElement] = []
        self._met: list[tuple[XmlElement, ...]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add_text

    def feed(self, chunk: bytes, *, is_last: bool = False) -> Iterator[tuple[XmlElement, ...]]:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise self._error(f"no valid XML ({error}); the file may be cut off: export it again") from error
        except (LookupError, ValueError) as error:
            raise self._error(f"text that cannot be read ({error}): save the file as UTF-8") from error
        self._fed_bytes += len(chunk)
        unfinished_from = self._parser.CurrentByteIndex if self._whole_from_byte is None else self._whole_from_byte
        if self._fed_bytes - max(unfinished_from, 0) > MAX_ELEMENT_BYTES:
            raise self._error(f"an element of more than {MAX_ELEMENT_BYTES} bytes: no such file is read")
        met, self._met = self._met, []
        yield from met

    def _error(self, problem: str) -> FormatError:
        return FormatError(f"{self._file_name} line {self._parser.CurrentLineNumber}: {problem}")

    def _refuse_document_type(self, *_: object) -> None:
        raise self._error("<!DOCTYPE: a document type can hold traps, and no annotation needs one; remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._stack) == MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} elements within each other: no such file is read")
        element = XmlElement(self._file_name, self._parser.CurrentLineNumber, tag, attributes)
        if len(self._stack) >= self._depth:
            self._stack[-1].children.append(element)
        self._stack.append(element)
        if len(self._stack) < self._depth:
            self._met.append(tuple(self._stack))
        elif len(self._stack) == self._depth:
            self._whole_from_byte = self._parser.CurrentByteIndex

    def _end(self, _: str) -> None:
        if len(self._stack) == self._depth:
            self._met.append(tuple(self._stack))
            self._whole_from_byte = None
        self._stack.pop()

    def _add_text(self, text: str) -> None:
        if len(self._stack) >= self._depth:
            self._stack[-1].text += text

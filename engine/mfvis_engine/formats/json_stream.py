"""JSON files that hold long lists, read an element at a time: memory does not grow with the file."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TextIO

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.json_file import JsonNode, ObjectHook

CHUNK_CHARACTERS = 2**20
MAX_VALUE_CHARACTERS = 2**26
"""The largest element, or value that is no list; a frame of 65535 masks has less."""

LONGEST_WORD = 16
"""What JSON has that is neither a string nor a number is shorter, as is what a backslash begins in a string."""

_SPACE = re.compile(r"[ \t\n\r]*")
_AFTER_VALUE = frozenset(",:]} \t\n\r")
"""Where anything else follows, such as a dot or the end of the window, a number may not be whole yet."""


def stream_json(
    path: Path,
    object_hook: ObjectHook | None = None,
    *,
    needed: Collection[str] = (),
    max_value_characters: int = MAX_VALUE_CHARACTERS,
) -> Iterator[tuple[str, JsonNode]]:
    """The values of a file that is a list, or an object whose values may be lists.

    Args:
        path: The file.
        object_hook: As in `load_json`.
        needed: Names that the file must have.
        max_value_characters: No element, nor value that is no list, may be longer.

    Yields:
        For a file that is a list, "" and an element. For an object, a name and an element of the list under it,
        or the whole of what is under it where that is no list.

    Raises:
        FormatError: The file cannot be read, is no such JSON, or lacks a name that is needed; names the line.
    """
    root, decoder = JsonNode(path.name, None), json.JSONDecoder(object_hook=object_hook)
    names: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _values(_Scanner(file, path.name, decoder, max_value_characters), root, names)
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not UTF-8 ({error.reason}): save it as UTF-8 text") from error
    for name in needed:
        if name not in names:
            raise root.error(f"has no {name!r}: it is needed")


def named_values(node: JsonNode) -> Iterator[tuple[str, JsonNode]]:
    """The names and values of a JSON object, or FormatError."""
    if not isinstance(node.value, dict):
        raise node.error(f"is {node.shown()}: it must be an object {{...}}")
    for name, value in node.value.items():
        yield name, JsonNode(node.file_name, value, name, node)


def _values(scanner: "_Scanner", root: JsonNode, names: set[str]) -> Iterator[tuple[str, JsonNode]]:
    if scanner.peek() == "[":
        for element in _elements(scanner, root):
            yield "", element
    elif scanner.peek() == "{":
        yield from _members(scanner, root, names)
    else:
        raise scanner.error("the file must be a list [...] or an object {...}")
    if scanner.peek():
        raise scanner.error(f"{scanner.peek()!r} after the end of the JSON")


def _members(scanner: "_Scanner", root: JsonNode, names: set[str]) -> Iterator[tuple[str, JsonNode]]:
    """The values of an object; puts the names among those that are known."""
    scanner.take("{")
    while scanner.peek() != "}":
        if names:
            scanner.take(",")
        name = scanner.value()
        if not isinstance(name, str) or name in names:
            raise scanner.error(f"the name {name!r} is no text, or comes twice")
        names.add(name)
        scanner.take(":")
        if scanner.peek() == "[":
            for element in _elements(scanner, JsonNode(root.file_name, None, name, root)):
                yield name, element
        else:
            yield name, JsonNode(root.file_name, scanner.value(), name, root)
    scanner.take("}")


def _elements(scanner: "_Scanner", parent: JsonNode) -> Iterator[JsonNode]:
    index = 0
    scanner.take("[")
    while scanner.peek() != "]":
        if index:
            scanner.take(",")
        yield JsonNode(parent.file_name, scanner.value(), index, parent)
        index += 1
    scanner.take("]")


class _Scanner:
    """A window on JSON text that moves from token to token."""

    def __init__(self, file: TextIO, file_name: str, decoder: json.JSONDecoder, max_value_characters: int) -> None:
        self._file = file
        self._file_name = file_name
        self._decoder = decoder
        self._max_value_characters = max_value_characters
        self._longest = 0  # of the values so far, in characters
        self._text = ""
        self._at = 0
        self._is_whole = False  # no more text after the window
        self._line = 1  # of the window's first character

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def take(self, character: str) -> None:
        """Step over a character, or FormatError."""
        found = self.peek()
        if found != character:
            where = f", not {found!r}" if found else " at the end"
            raise self.error(f"{character!r} expected{where}")
        self._at += 1

    def value(self) -> object:
        """Step over a whole value; where values are long, no shorter window is tried in vain."""
        self.peek()
        while len(self._text) - self._at < self._longest and self._read_on():
            pass
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._read_on()):
                    raise self.error(error.msg, error.pos) from error
            except (RecursionError, ValueError) as error:
                raise self.error(f"{error}") from error
            else:
                if self._text[end : end + 1] in _AFTER_VALUE or not self._read_on():
                    self._longest = max(self._longest, end - self._at)
                    self._at = end
                    return value

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether more text could mend a value; anywhere but at the end of the window, only that of a string could."""
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_WORD

    def error(self, problem: str, at: int | None = None) -> FormatError:
        """An error about a place in the window."""
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        return FormatError(
            f"{self._file_name} line {line}: no valid JSON ({problem}); the file may be cut off: export it again"
        )

    def _read_on(self) -> bool:
        """Drop what was stepped over and double the rest, so that long values are not parsed often."""
        if self._is_whole:
            return False
        rest = self._text[self._at :]
        if len(rest) > self._max_value_characters:
            raise self.error(f"a value of more than {self._max_value_characters} characters")
        more = self._file.read(max(CHUNK_CHARACTERS, len(rest)))
        self._is_whole = not more
        if more:
            self._line += self._text.count("\n", 0, self._at)
            self._text, self._at = rest + more, 0
        return bool(more)

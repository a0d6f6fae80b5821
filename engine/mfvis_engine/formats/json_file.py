"""JSON read value by value, so that every error names the file and the place in it."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.text_file import read_text

Value = TypeVar("Value")

ObjectHook: TypeAlias = Callable[[dict[str, object]], object]
"""Gives what stands for a JSON object in memory, as in `json.loads`."""


@dataclass(frozen=True, slots=True, eq=False)
class JsonNode:
    """A value of a JSON file.

    Attributes:
        file_name: For errors.
        value: What `json.loads` gave.
        key: The name or index under `parent`.
        parent: The value that holds this one; None for the whole file.
    """

    file_name: str
    value: object
    key: str | int = ""
    parent: "JsonNode | None" = None

    @property
    def place(self) -> str:
        """Where this is in the file, such as `annotations[3].bboxes[7]`."""
        if self.parent is None:
            return ""
        above = self.parent.place
        if isinstance(self.key, int):
            return f"{above}[{self.key}]"
        return f"{above}.{self.key}" if above else self.key

    @property
    def is_null(self) -> bool:
        """Whether this is `null`."""
        return self.value is None

    def error(self, problem: str) -> FormatError:
        """An error about this value."""
        return FormatError(f"{self.file_name}: {self.place or 'the file'} {problem}")

    def get(self, name: str) -> "JsonNode":
        """The value under a name, or FormatError."""
        found = self.find(name)
        if found is None:
            raise self.error(f"has no {name!r}: it is needed")
        return found

    def find(self, name: str) -> "JsonNode | None":
        """The value under a name, or None where there is none."""
        if not isinstance(self.value, dict):
            raise self.error(f"is {self.shown()}: it must be an object {{...}}")
        return JsonNode(self.file_name, self.value[name], name, self) if name in self.value else None

    def named(self, name: str) -> "JsonNode":
        """The place of a name in this object, whose value is no longer known; for errors."""
        return JsonNode(self.file_name, None, name, self)

    def items(self) -> Iterator["JsonNode"]:
        """The values of a list, or FormatError."""
        for index, value in enumerate(self._list()):
            yield JsonNode(self.file_name, value, index, self)

    def count(self) -> int:
        """How many values a list has, or FormatError."""
        return len(self._list())

    def integer(self) -> int:
        """A whole number, or FormatError."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.error(f"is {self.shown()}: it must be a whole number")
        return self.value

    def number(self) -> float:
        """A finite number, or FormatError."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.error(f"is {self.shown()}: it must be a number")
        if not abs(self.value) <= sys.float_info.max:
            raise self.error(f"is {self.value}: it must be finite")
        return float(self.value)

    def flag(self) -> bool:
        """True or false, also written 1 or 0, or FormatError."""
        if self.value not in (0, 1):
            raise self.error(f"is {self.shown()}: it must be 0, 1, true or false")
        return bool(self.value)

    def text(self) -> str:
        """Text, or FormatError."""
        if not isinstance(self.value, str):
            raise self.error(f"is {self.shown()}: it must be text")
        return self.value

    def shown(self) -> str:
        """The value as JSON, cut short, for an error."""
        written = json.dumps(self.value, ensure_ascii=False, default=str)
        return written if len(written) <= 60 else f"{written[:57]}..."

    def _list(self) -> list[object]:
        if not isinstance(self.value, list):
            raise self.error(f"is {self.shown()}: it must be a list [...]")
        return self.value


def put_by_id(table: dict[int, Value], node: JsonNode, value: Value) -> None:
    """Put what a JSON object stands for into a table under its `id`, or FormatError where it is there already."""
    number = node.get("id")
    if number.integer() in table:
        raise number.error(f"is {number.shown()} a second time: ids must be unique")
    table[number.integer()] = value


def load_json(path: Path, object_hook: ObjectHook | None = None) -> JsonNode:
    """A JSON file.

    Args:
        path: The file.
        object_hook: Called for every object when it has been read, so that large ones can be packed at once.

    Raises:
        FormatError: The file cannot be read, or is no JSON; names the line.
    """
    return parse_json(path.name, read_text(path), object_hook)


def parse_json(file_name: str, text: str, object_hook: ObjectHook | None = None) -> JsonNode:
    """JSON text, under the name that errors give it."""
    try:
        return JsonNode(file_name, json.loads(text, object_hook=object_hook))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{file_name} line {error.lineno} column {error.colno}: no valid JSON ({error.msg}); "
            f"the file may be cut off: export it again"
        ) from error
    except (RecursionError, ValueError) as error:  # brackets in brackets without end; numbers of thousands of digits
        raise FormatError(f"{file_name}: no sensible JSON ({error}): export the file again") from error

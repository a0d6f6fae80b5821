"""Plain values out of JSON, checked where they enter the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from mfvis_engine.project.errors import ProjectDamagedError

JsonValue: TypeAlias = "Mapping[str, JsonValue] | Sequence[JsonValue] | str | int | float | bool | None"

_T = TypeVar("_T")


@dataclass(frozen=True)
class JsonObject:
    """A JSON object and where it stands, so that what is wrong in it can be named.

    Attributes:
        fields: the object's values by name.
        place: such as "walk.mfvis/zarr.json: mfvis.video".
    """

    fields: Mapping[str, JsonValue]
    place: str

    def get(self, name: str, kind: type[_T]) -> _T:
        """The value `name`, of type `kind` (a float may be written as an integer).

        Raises:
            ProjectDamagedError: it is missing or of another type.
        """
        value = self.fields.get(name)
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ProjectDamagedError(
                f"{self.place}.{name} is {value!r}, expected {kind.__name__}. Restore the file from a backup."
            )
        return value

    def get_optional(self, name: str, kind: type[_T]) -> _T | None:
        """The value `name`, or None where it is null or missing; raises as `get`."""
        return None if self.fields.get(name) is None else self.get(name, kind)

    def object(self, name: str) -> "JsonObject":
        """The object `name` within this one; raises as `get`."""
        return JsonObject(self.get(name, dict), f"{self.place}.{name}")

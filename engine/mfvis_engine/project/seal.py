"""Checksums of what a program writes of itself into the attributes of zarr groups."""

import json
import zlib
from collections.abc import Mapping

from mfvis_engine.project.values import JsonValue

_CRC = "crc"


def sealed(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The fields with `crc` added: CRC-32 of the others as JSON in ASCII, keys sorted, without spaces."""
    return {**fields, _CRC: _crc_of(fields)}


def seal_holds(fields: Mapping[str, JsonValue]) -> bool:
    """Whether the fields are as they were written; earlier versions wrote no `crc`, and nothing can be said."""
    return _CRC not in fields or fields[_CRC] == _crc_of(fields)


def _crc_of(fields: Mapping[str, JsonValue]) -> int:
    others = {name: value for name, value in fields.items() if name != _CRC}
    return zlib.crc32(json.dumps(others, sort_keys=True, separators=(",", ":")).encode("ascii"))

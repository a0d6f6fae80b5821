"""Run-length codes as COCO-VIS files hold them.

A long video's uncompressed codes are hundreds of millions of numbers. So each is packed as soon as the JSON
parser has read it, and a file is never in memory as numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from mfvis_engine.formats.errors import RleError
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.rle import Rle


@dataclass(frozen=True, slots=True)
class SpelledRle:
    """A mask and which of the two spellings the file has.

    Attributes:
        rle: The mask.
        is_compressed: `counts` is text, as results need it; otherwise a list of numbers, as ground truth does.
    """

    rle: Rle
    is_compressed: bool


def pack_code(value: dict[str, object]) -> object:
    """The `SpelledRle` of a JSON object that is a sound code; any other object as it is, broken codes too.

    For `load_json`, so that `parse_spelled_rle` can tell what is wrong with a broken one, and where.
    """
    size, counts = value.get("size"), value.get("counts")
    if not _are_whole(size) or len(size) != 2:
        return value
    height, width = size
    try:
        if isinstance(counts, str):
            return SpelledRle(Rle.from_compressed(height, width, counts), is_compressed=True)
        if _are_whole(counts):
            return SpelledRle(Rle.from_uncompressed(height, width, counts), is_compressed=False)
    except RleError:
        pass
    return value


def parse_rle(node: JsonNode) -> Rle:
    """A run-length code of either spelling, or FormatError."""
    return parse_spelled_rle(node).rle


def parse_spelled_rle(node: JsonNode) -> SpelledRle:
    """A run-length code and its spelling, or FormatError."""
    if isinstance(node.value, SpelledRle):
        return node.value
    if isinstance(node.value, list):
        raise node.error("is a list, maybe polygons: only run-length codes are read; convert it first")
    size = node.get("size")
    if size.count() != 2:
        raise size.error(f"is {size.shown()}: it must be [height, width]")
    height, width = (side.integer() for side in size.items())
    counts = node.get("counts")
    try:
        if isinstance(counts.value, str):
            return SpelledRle(Rle.from_compressed(height, width, counts.value), is_compressed=True)
        runs = counts.value if _are_whole(counts.value) else [run.integer() for run in counts.items()]
        return SpelledRle(Rle.from_uncompressed(height, width, runs), is_compressed=False)
    except RleError as error:
        raise node.error(f"is no mask: {error}") from error


def _are_whole(value: object) -> TypeGuard[Sequence[int]]:
    return isinstance(value, list) and set(map(type, value)) <= {int}

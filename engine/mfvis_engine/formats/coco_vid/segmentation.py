"""Masks in CocoVID files: run-length codes of either spelling, or polygons."""

from collections.abc import Sequence
from itertools import pairwise

from pycocotools import mask as coco_mask

from mfvis_engine.annotation.tracks import MAX_COORDINATE
from mfvis_engine.formats.coco_vis.codes import parse_rle
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.rle import Rle

MAX_OUTLINE_PIXELS = 2**20
"""The longest way around a mask: what drawing it costs grows with the way, not with the number of corners."""


def parse_segmentation(node: JsonNode | None, height: int, width: int) -> Rle | None:
    """The mask of an annotation; None where there is none, or it is empty.

    Args:
        node: `{size, counts}`, or a list of polygons `[x, y, x, y, ...]` in pixel edges.
        height: Of the picture.
        width: Of the picture.

    Raises:
        FormatError: It is none of these, or of another size than the picture.
    """
    if node is None or node.is_null or node.value == []:
        return None
    mask = _drawn(node, height, width) if isinstance(node.value, list) else parse_rle(node)
    if (mask.height, mask.width) != (height, width):
        raise node.error(
            f"has the size {mask.height} x {mask.width}, but the image is {height} x {width} (height x width): "
            f"make the masks at the image's size"
        )
    return mask if mask.area() else None


def _drawn(node: JsonNode, height: int, width: int) -> Rle:
    """The union of polygons, drawn as pycocotools does."""
    polygons = [_polygon(polygon) for polygon in node.items()]
    if sum(map(_outline_pixels, polygons)) > MAX_OUTLINE_PIXELS:
        raise node.error(f"has an outline of above {MAX_OUTLINE_PIXELS} pixels: no object has")
    code = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    return Rle.from_compressed(height, width, code["counts"])


def _polygon(node: JsonNode) -> list[float]:
    numbers = [number.number() for number in node.items()]
    if len(numbers) < 6 or len(numbers) % 2:
        raise node.error(f"has {len(numbers)} numbers: a polygon has x and y of three corners or more")
    far = next((number for number in numbers if abs(number) > MAX_COORDINATE), None)
    if far is not None:
        raise node.error(f"has a corner at {far}: none lies beyond {MAX_COORDINATE:.0f} pixels; mend or remove it")
    return numbers


def _outline_pixels(polygon: Sequence[float]) -> float:
    corners = [*zip(polygon[::2], polygon[1::2], strict=True)]
    sides = pairwise([*corners, corners[0]])
    return sum(max(abs(x1 - x0), abs(y1 - y0)) + 1 for (x0, y0), (x1, y1) in sides)

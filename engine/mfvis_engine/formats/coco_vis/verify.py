"""Ground truth that we have just written, checked and compared a track at a time.

A long video's file is hundreds of megabytes, and many times that as JSON values. So what we write has one track
a line, and is read back by the line.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path

from mfvis_engine.formats.coco_vis.codes import pack_code
from mfvis_engine.formats.coco_vis.read import parse_category, parse_track, parse_video
from mfvis_engine.formats.coco_vis.rules import ground_truth_problems
from mfvis_engine.formats.coco_vis.types import CocoVisDataset, CocoVisTrack
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.json_file import JsonNode, parse_json

BEGIN, END = '"annotations": [', "]}"


def verify_ground_truth(path: Path, dataset: CocoVisDataset) -> list[str]:
    """What is wrong with a file by the rules of `check_ground_truth`, if it holds this dataset.

    Args:
        path: With one track a line, as `write_ground_truth` writes it.
        dataset: What must be in it.

    Raises:
        FormatError: It is no such file.
        VerificationError: No rule is broken, but the file holds something else.
    """
    comparison = _Comparison(dataset)
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            root = _head(path, file)
            problems = ground_truth_problems(root, comparison.passing(_annotations(path, file, root)))
    except UnicodeDecodeError as error:
        raise VerificationError(f"{path.name} is not the text that was written: the disk may be failing") from error
    if problems:
        return problems
    head = (
        tuple(map(parse_video, root.get("videos").items())),
        tuple(map(parse_category, root.get("categories").items())),
    )
    if head != (dataset.videos, dataset.categories) or not comparison.is_equal:
        raise VerificationError(f"{path.name} did not read back as written: nothing was changed; try again")
    return []


class _Comparison:
    """Whether all tracks of a file are those of a dataset, found while they pass by."""

    def __init__(self, dataset: CocoVisDataset) -> None:
        self.is_equal = False
        self._dataset = dataset
        self._videos = {video.video_id: video for video in dataset.videos}

    def passing(self, annotations: Iterator[JsonNode]) -> Iterator[JsonNode]:
        """The annotations as they come."""
        equal = []
        tracks = iter(self._dataset.tracks)
        for node in annotations:
            yield node
            equal.append(self._is_equal(node, next(tracks, None)))
        self.is_equal = all(equal) and len(equal) == len(self._dataset.tracks)

    def _is_equal(self, node: JsonNode, track: CocoVisTrack | None) -> bool:
        try:
            return track is not None and parse_track(node, self._videos[track.video_id]) == track
        except (FormatError, KeyError):  # which breaks a rule too
            return False


def _head(path: Path, lines: Iterator[str]) -> JsonNode:
    """Everything but the annotations; steps to the line of the first."""
    head = []
    for line in lines:
        head.append(line)
        if line == f"{BEGIN}\n":
            head.append(END)
            break
    return parse_json(path.name, "".join(head))


def _annotations(path: Path, lines: Iterator[str], root: JsonNode) -> Iterator[JsonNode]:
    """The tracks, one a line, each with a comma but the last, whose line ends the file."""
    parent = root.named("annotations")
    for index, (line, following) in enumerate(pairwise(chain(lines, [""]))):
        end = ",\n" if following else f"{END}\n"
        node = JsonNode(path.name, None, index, parent)
        if not line.endswith(end):
            raise node.error("is cut off: the disk may be full or failing")
        yield replace(node, value=parse_json(path.name, line.removesuffix(end), pack_code).value)

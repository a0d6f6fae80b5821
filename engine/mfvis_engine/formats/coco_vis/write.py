"""Writing COCO-VIS files: checked against the rules and read back before they take their place."""

import json
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.coco_vis.codes import pack_code
from mfvis_engine.formats.coco_vis.read import (
    RESULTS_NAME,
    load_results_json,
    parse_results,
)
from mfvis_engine.formats.coco_vis.rules import results_problems
from mfvis_engine.formats.coco_vis.types import (
    CocoVisCategory,
    CocoVisDataset,
    CocoVisResult,
    CocoVisTrack,
    CocoVisVideo,
)
from mfvis_engine.formats.coco_vis.verify import verify_ground_truth
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.rle import Rle

MAX_SHOWN = 10


def write_ground_truth(path: Path | str, dataset: CocoVisDataset) -> None:
    """Write the ground truth form, with masks as uncompressed run-length codes.

    Besides the format's own fields, a track has `track_id` and lists with a value for each frame: `dense_bboxes`
    ([x, y, width, height] or null), `bbox_origins` ("drawn", "interpolated", "mask" or null), `occluded` (true,
    false or null), and OVIS' `occlusion` ("severe_occlusion" where we know `occluded`, or null; see `Occlusion`).

    Raises:
        FormatError: The dataset breaks a rule of `check_ground_truth`; all broken ones are named.
        VerificationError: What was written does not read back equal.
    """
    with replaced_when_done(Path(path)) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_ground_truth_text(dataset))
        _raise_on(verify_ground_truth(unfinished, dataset), Path(path))


def write_results(path: Path | str, results: Sequence[CocoVisResult], dataset: CocoVisDataset) -> None:
    """Write the results form, with masks as compressed run-length codes.

    Args:
        path: `NAME.json`, or `NAME.zip` for a zip with `results.json` at its root, as servers want it.
        results: At least one.
        dataset: The videos and categories that the results refer to; it needs no tracks.

    Raises:
        FormatError: The results break a rule of `check_results`; all broken ones are named.
        VerificationError: What was written does not read back equal.
    """
    path = Path(path)
    with replaced_when_done(path) as unfinished:
        opened = _zipped_text(unfinished) if path.suffix.lower() == ".zip" else _plain_text(unfinished)
        with opened as file:
            file.writelines(_json_list(map(_result_json, results)))
        root = load_results_json(unfinished, pack_code)
        _raise_on(results_problems(root, dataset), path)
        if parse_results(root) != tuple(results):
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


def _raise_on(broken: Sequence[str], path: Path) -> None:
    if broken:
        more = [f"and {len(broken) - MAX_SHOWN} more"] if len(broken) > MAX_SHOWN else []
        listed = "\n- ".join([*broken[:MAX_SHOWN], *more])
        raise FormatError(f"{path.name} was not written, because other tools would misread it:\n- {listed}")


@contextmanager
def _plain_text(path: Path) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield file


@contextmanager
def _zipped_text(path: Path) -> Iterator[TextIO]:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(RESULTS_NAME, "w", force_zip64=True) as raw,
        TextIOWrapper(raw, encoding="utf-8", newline="\n") as file,
    ):
        yield file


def _ground_truth_text(dataset: CocoVisDataset) -> Iterator[str]:
    """The file in pieces, one track a line, so that a long video's text is never whole in memory.

    `verify_ground_truth` counts on the lines.
    """
    yield '{"info": {"description": "Instance masks of videos", "contributor": "mfvis-napari"},\n'
    yield '"licenses": [],\n"videos": '
    yield from _json_list(map(_video_json, dataset.videos))
    yield ',\n"categories": '
    yield from _json_list(map(_category_json, dataset.categories))
    yield ',\n"annotations": '
    yield from _json_list(_track_json(track, dataset.video(track.video_id)) for track in dataset.tracks)
    yield "}\n"


def _json_list(values: Iterable[dict[str, object]]) -> Iterator[str]:
    yield "["
    for index, value in enumerate(values):
        yield (",\n" if index else "\n") + json.dumps(value, ensure_ascii=False, allow_nan=False)
    yield "]"


def _video_json(video: CocoVisVideo) -> dict[str, object]:
    return {
        "id": video.video_id,
        "width": video.width,
        "height": video.height,
        "length": video.length,
        "file_names": video.file_names,
    }


def _category_json(category: CocoVisCategory) -> dict[str, object]:
    return {"id": category.category_id, "name": category.name, "supercategory": category.supercategory}


def _track_json(track: CocoVisTrack, video: CocoVisVideo) -> dict[str, object]:
    dense_boxes = [frame.dense_box for frame in track.frames]
    return {
        "id": track.annotation_id,
        "video_id": track.video_id,
        "category_id": track.category_id,
        "iscrowd": int(track.is_crowd),
        "width": video.width,
        "height": video.height,
        "length": video.length,
        "segmentations": [frame.mask and _rle_json(frame.mask, compressed=False) for frame in track.frames],
        "bboxes": [frame.box_xywh for frame in track.frames],
        "areas": [frame.area for frame in track.frames],
        "track_id": track.track_id,
        "dense_bboxes": [box and box.box_xywh for box in dense_boxes],
        "bbox_origins": [box and box.origin for box in dense_boxes],
        "occluded": [box and box.occluded for box in dense_boxes],
        "occlusion": [frame.occlusion for frame in track.frames],
    }


def _result_json(result: CocoVisResult) -> dict[str, object]:
    if not math.isfinite(result.score):
        raise FormatError(f"a result of video {result.video_id} has the score {result.score}: it must be finite")
    return {
        "video_id": result.video_id,
        "category_id": result.category_id,
        "score": result.score,
        "segmentations": [mask and _rle_json(mask, compressed=True) for mask in result.masks],
    }


def _rle_json(mask: Rle, *, compressed: bool) -> dict[str, object]:
    counts = mask.compressed_counts() if compressed else mask.uncompressed_counts()
    return {"size": [mask.height, mask.width], "counts": counts}

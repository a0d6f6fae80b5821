"""Whatever happens to a file: it is read, or refused with a typed error; never another exception."""

import numpy as np
import pytest

from mfvis_engine.errors import MfvisError
from mfvis_engine.formats import (
    FormatError,
    read_bdd100k_boxes,
    read_bdd100k_masks,
    read_box_csv,
    read_coco_vid_boxes,
    read_coco_vid_masks,
    read_cvat_video,
    read_mot,
    write_bdd100k,
    write_box_csv,
    write_coco_vid,
    write_cvat_video,
    write_mot,
)
from mfvis_engine.formats.coco_vis import CocoVisVideo
from tests.formats.conftest import HEIGHT, LENGTH, WIDTH

VIDEO = CocoVisVideo.of_size(1, "clip", width=WIDTH, height=HEIGHT, length=LENGTH)


def write_any(name, path, annotations, label_masks):
    match name:
        case "bdd100k":
            write_bdd100k(path, annotations, VIDEO, label_masks)
        case "coco_vid":
            write_coco_vid(path, annotations, VIDEO, label_masks)
        case "cvat":
            write_cvat_video(path, annotations, VIDEO)
        case "csv":
            write_box_csv(path, annotations)
        case "mot":
            write_mot(path, annotations, length=LENGTH)


READERS = {
    "bdd100k": lambda path: (read_bdd100k_boxes(path), [*read_bdd100k_masks(path)]),
    "coco_vid": lambda path: (read_coco_vid_boxes(path), [*read_coco_vid_masks(path)]),
    "cvat": read_cvat_video,
    "csv": read_box_csv,
    "mot": read_mot,
}
WHOLE_OR_NOTHING = ("bdd100k", "coco_vid", "cvat")


@pytest.fixture(params=READERS)
def damaged(request, tmp_path, annotations, label_masks):
    """The name of a format, a file of it, and what is in it."""
    path = tmp_path / "a"
    write_any(request.param, path, annotations, label_masks)
    return request.param, path, path.read_bytes()


def test_a_file_that_is_cut_off_is_refused(damaged):
    name, path, content = damaged
    for end in np.linspace(0, len(content.rstrip()) - 1, 60, dtype=int).tolist():
        path.write_bytes(content[:end])
        try:
            READERS[name](path)
        except FormatError as error:
            assert path.name in str(error)  # noqa: PT017 - lines of text may be cut without a trace
        else:
            assert name not in WHOLE_OR_NOTHING


def test_a_file_with_wrong_bytes_is_read_or_refused(damaged):
    name, path, content = damaged
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        wrong = bytearray(content)
        for place in rng.integers(0, len(content), rng.integers(1, 4)).tolist():
            wrong[place] = rng.choice([rng.integers(0, 256), *b'0-9."[{<,ne'])
        path.write_bytes(bytes(wrong))
        try:
            READERS[name](path)
        except MfvisError:
            refused += 1
    assert refused

"""The sample clip's boxes and exact masks through every format, out of one project and into another."""

import shutil

import numpy as np
import pytest

from mfvis_engine.actions.box_import import import_boxes
from mfvis_engine.actions.file_import import import_file
from mfvis_engine.annotation import interpolate
from mfvis_engine.formats import FileFormat, FileSource, read_davis
from mfvis_engine.formats.mask_survey import survey_masks
from mfvis_engine.project import Project
from mfvis_engine.sample import sample_clip

OWN_IDS = {1: 1, 2: 2, 3: 3}
MOTS_IDS = {1: 2001, 2: 3002, 3: 1003}
"""1000 times the class: butterfly, gecko, snake."""

EXACT = (FileFormat.CSV, FileFormat.CVAT, FileFormat.COCO_VIS)
"""Formats that give back every keyframe as it was."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The path of a project of the sample clip with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("round_trips") / "empty.mfvis"
    Project.create(path, sample_clip().video_path).close()
    return path


@pytest.fixture(scope="module")
def source(empty):
    """The path of a project with the clip's boxes and exact masks."""
    path = shutil.copytree(empty, empty.with_name("source.mfvis"))
    with Project.open(path) as project:
        import_boxes(project, FileSource(sample_clip().boxes_path))
        import_file(project, FileSource(sample_clip().masks_dir))
    return path


@pytest.fixture(scope="module")
def truth():
    return np.stack([*read_davis(sample_clip().masks_dir)])


@pytest.fixture(params=FileFormat)
def returned(request, run, source, empty, tmp_path):
    """A format, the project that was exported, and the one that its file was imported into."""
    target = shutil.copytree(empty, tmp_path / "target.mfvis")
    out = tmp_path / "out"
    assert run("export", source, out, "--format", request.param).exit_code == 0
    file = out if request.param.is_folder else next(path for path in out.iterdir() if path.name != "labels.txt")
    done = run("import", target, file)
    assert done.exit_code == 0
    assert f" as {request.param}: " in done.stdout
    with Project.open(source, read_only=True) as exported, Project.open(target, read_only=True) as imported:
        yield request.param, exported, imported


def test_boxes_and_masks_come_back(returned, truth):
    name, exported, imported = returned
    ids = MOTS_IDS if name is FileFormat.MOTS else OWN_IDS
    masks = np.stack([imported.read_masks(frame_index) for frame_index in range(imported.length)])
    expected = np.select([truth == old for old in ids], [*ids.values()], 0) if name.has_masks else np.zeros_like(truth)
    np.testing.assert_array_equal(masks, expected)

    before, after = exported.annotations(), imported.annotations()
    if name in EXACT:
        assert after == before
    assert {*after.track_ids} == {*ids.values()}
    check_boxes(name, interpolate(before, len(truth)), interpolate(after, len(truth)), truth, ids)
    if name not in (FileFormat.COCO_VIS_RESULTS, FileFormat.DAVIS, FileFormat.CTC):
        assert {ids[track.track_id]: track.category for track in before.tracks} == {
            track.track_id: track.category for track in after.tracks
        }


def check_boxes(name, before, after, truth, ids):
    """Boxes are the annotated ones, or those around the masks where the format or its custom has no others."""
    boxes_xyxy, present = before.boxes_xyxy.copy(), before.present
    if name.has_masks and name is not FileFormat.COCO_VIS:
        survey = survey_masks(truth)
        masked = np.zeros_like(present)
        masked[survey.track_ids - 1, survey.frames] = True
        boxes_xyxy[survey.track_ids - 1, survey.frames] = survey.boxes_xyxy
        present = masked if name.needs_masks else present | masked
    rows = np.searchsorted(after.track_ids, [ids[track_id] for track_id in before.track_ids])
    np.testing.assert_array_equal(after.present[rows], present)
    tolerance_px = 0.5001 if name.needs_masks and name is not FileFormat.COCO_VIS else 0.001
    np.testing.assert_allclose(after.boxes_xyxy[rows][present], boxes_xyxy[present], rtol=0, atol=tolerance_px)
    if not name.needs_masks or name is FileFormat.COCO_VIS:
        np.testing.assert_array_equal(after.occluded[rows], before.occluded)

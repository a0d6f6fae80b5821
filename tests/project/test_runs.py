import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.annotation import InvalidTrackIdError
from mfvis_engine.project import (
    Project,
    RunClosedError,
    RunFrameError,
    RunSettingsError,
    RunStatus,
    UnknownRunError,
)

from .conftest import HEIGHT, LENGTH, WIDTH


def labels(value: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH), value, np.int64)


def test_a_run_reads_back_as_written(project):
    writer = project.create_run({"steps": 3, "device": None}, [7, 1])
    writer.write_frame(2, labels(7), [0.25, 0.5])
    run = project.run(writer.run_id)
    assert run.info.status is RunStatus.RUNNING
    assert run.info.track_ids == (1, 7)
    assert run.info.settings == {"steps": 3, "device": None}
    assert run.info.frames_done == 1
    np.testing.assert_array_equal(run.frames_done(), [2])
    np.testing.assert_array_equal(run.read_masks(2), labels(7))
    np.testing.assert_array_equal(run.scores()[:, 2], np.float32([0.25, 0.5]))
    writer.write_frame(0, labels(0), [0, 0])  # an empty frame is done too
    writer.finish()
    assert run.info.status is RunStatus.FINISHED
    np.testing.assert_array_equal(run.frames_done(), [0, 2])


def test_a_failed_run_keeps_its_reason_and_frames(project):
    writer = project.create_run({}, [1])
    writer.write_frame(0, labels(1), [1.0])
    writer.fail("out of memory")
    (info,) = project.runs()
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FAILED, "out of memory", 1)
    with pytest.raises(RunClosedError, match="Make a new run"):
        writer.write_frame(1, labels(1), [1.0])
    with pytest.raises(RunClosedError):
        writer.finish()


def test_settings_may_be_a_dataclass(project):
    @dataclasses.dataclass(frozen=True)
    class Settings:
        steps: int
        rates: tuple[float, ...]

    writer = project.create_run(Settings(5, (0.5, 1.0)), [1])
    assert project.run(writer.run_id).info.settings == {"steps": 5, "rates": [0.5, 1.0]}


@pytest.mark.parametrize("settings", [{"rate": float("nan")}, {"path": Path("x")}])
def test_settings_that_are_no_json_are_refused(project, settings):
    with pytest.raises(RunSettingsError, match="must be plain JSON values"):
        project.create_run(settings, [1])
    assert project.runs() == ()


def test_the_tracks_of_a_run_are_checked(project):
    with pytest.raises(RunSettingsError, match=r"\[1, 1\]"):
        project.create_run({}, [1, 1])
    with pytest.raises(RunSettingsError, match=r"\[\]"):
        project.create_run({}, [])
    with pytest.raises(InvalidTrackIdError):
        project.create_run({}, [0])


def test_run_ids_are_unique_sortable_and_safe_on_windows(project):
    ids = [project.create_run({}, [1]).run_id for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", run_id) for run_id in ids)
    assert [info.run_id for info in project.runs()] == ids  # oldest first, also within a second


@pytest.mark.parametrize("run_id", ["20200101-000000-abcd", "../masks", ""])
def test_an_unknown_run_is_refused_and_the_known_are_named(project, run_id):
    known = project.create_run({}, [1]).run_id
    with pytest.raises(UnknownRunError, match=known):
        project.run(run_id)


@pytest.mark.parametrize(
    ("frame_index", "mask", "scores", "message"),
    [
        (LENGTH, labels(1), [1.0, 1.0], "Frame 4 is outside the video's frames 0 to 3"),
        (-1, labels(1), [1.0, 1.0], "Frame -1"),
        (0, labels(1)[1:], [1.0, 1.0], r"shape \(5, 8\)"),
        (0, labels(1).astype(float), [1.0, 1.0], "type float64"),
        (0, labels(2), [1.0, 1.0], r"labels \[2\], which are no tracks"),
        (0, labels(1 + 2**16), [1.0, 1.0], r"labels \[65537\]"),  # would wrap to 1
        (0, labels(-1), [1.0, 1.0], r"labels \[-1\]"),
        (0, labels(1), [1.0], "Give 2 finite numbers"),
        (0, labels(1), [1.0, np.nan], "Give 2 finite numbers"),
    ],
)
def test_proposals_that_do_not_fit_are_refused(project, frame_index, mask, scores, message):
    writer = project.create_run({}, [1, 7])
    with pytest.raises(RunFrameError, match=message):
        writer.write_frame(frame_index, mask, scores)
    assert project.run(writer.run_id).info.frames_done == 0


def test_a_frame_that_is_not_done_is_not_read_as_empty(project):
    writer = project.create_run({}, [1])
    writer.write_frame(0, labels(1), [1.0])
    with pytest.raises(RunFrameError, match="no proposals for frame 1; it has 1 of the frames 0 to 3"):
        project.run(writer.run_id).read_masks(1)


ENDLESS_WRITER = """
import itertools, sys
import numpy as np
from mfvis_engine.project import Project

project = Project.open(sys.argv[1])
writer = project.create_run({}, [1, 7])
for count in itertools.count():
    frame_index = count % project.length
    label = (1, 7)[count % 3 % 2]
    writer.write_frame(frame_index, np.full((project.height, project.width), label), [label, count])
    print(count, flush=True)
"""


def test_a_writer_killed_at_work_leaves_a_good_project_and_whole_frames(project, annotations):
    project.close()
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS_WRITER, str(project.path)], stdout=subprocess.PIPE, text=True
    )
    with process:
        for _ in range(3 * LENGTH):
            assert process.stdout.readline().strip().isdigit()
        process.kill()
    with Project.open(project.path) as opened:
        assert opened.annotations() == annotations
        (info,) = opened.runs()
        assert (info.status, info.frames_done) == (RunStatus.RUNNING, LENGTH)
        for frame_index in range(LENGTH):
            assert np.unique(opened.run(info.run_id).read_masks(frame_index)).tolist() in ([1], [7])
        report = opened.merge_run(info.run_id)
        assert len(report.written) == LENGTH  # one of the two in each frame

"""Any bit of any file flipped, any file cut off: a check finds it, or it does no harm; nothing crashes."""

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation.verbs import SetBox
from mfvis_engine.errors import MfvisError
from mfvis_engine.project import NewerProjectError, Project, check_project
from mfvis_engine.video import open_video

from .conftest import LENGTH, write_pictures
from .faults import full_project, held, work_goes_on

RUN_FILES = ("zarr.json", "masks/zarr.json", "masks/c/1/0/0", "scores/zarr.json", "scores/c/0/0")
FILES = (
    "zarr.json",
    "masks/zarr.json",
    "masks/c/1/0/0",
    "annotations.sqlite",
    "annotations.sqlite-wal",
    "runs/zarr.json",
    ".lock",
    *(f"RUN/{name}" for name in RUN_FILES),
)

quick = settings(max_examples=20, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound project, copied while it was open, so that its write-ahead log is not empty; and what it holds."""
    folder = tmp_path_factory.mktemp("sound")
    path = full_project(folder / "walk", write_pictures(folder / "clip"))
    with Project.open(path) as project:
        project.do(SetBox(1, 1, (0, 0, 3, 3)))
        shutil.copytree(path, folder / "copy.mfvis")
        pieces = {name: read() for name, read in readings(project)}
    return folder / "copy.mfvis", pieces


def readings(project):
    """Everything that can be read of a project, by name."""
    yield "tracks", project.annotations
    yield "states", project.mask_states
    yield "log", lambda: [(entry.log_id, entry.summary, entry.undone) for entry in project.log()]
    yield "work", project.work
    yield "runs", project.runs
    yield "video", lambda: project.video_reference
    for frame_index in range(LENGTH):
        yield f"frame {frame_index}", lambda frame_index=frame_index: project.read_masks(frame_index).tobytes()
    for info in project.runs():
        run = project.run(info.run_id)
        yield f"scores of {info.run_id}", lambda run=run: run.scores().tobytes()
        for frame_index in range(LENGTH - 1):
            name = f"frame {frame_index} of {info.run_id}"
            yield name, lambda run=run, frame_index=frame_index: run.read_masks(frame_index).tobytes()


def read_all(project):
    """What can be read, by name; what cannot is left out, if the error is one of the program's own."""
    pieces = {}
    names = readings(project)
    while True:
        try:
            name, read = next(names)
            pieces[name] = read()
        except StopIteration:
            return pieces
        except MfvisError:
            continue


def damage(path, content, position, bit):
    """Flips a bit of a file, or, where `bit` is 8, cuts the file off there."""
    if bit == 8:
        path.write_bytes(content[:position])
    else:
        changed = bytearray(content)
        changed[position] ^= 1 << bit
        path.write_bytes(bytes(changed))


def is_end_of_change(name, position):
    """Where a write-ahead log that is cut off there may look whole: nothing can tell that there was more."""
    return name == "annotations.sqlite-wal" and (position == 0 or position % (24 + 4096) == 32)


def assert_found_or_harmless(path, name, pieces):
    try:
        report = check_project(path)
    except NewerProjectError:
        return
    found = bool(report.findings)
    try:
        with Project.open(path, read_only=True) as project:
            now = read_all(project)
    except MfvisError:
        assert found
        return
    assert found or now == pieces, [key for key in pieces if now.get(key) != pieces[key]]
    if name.startswith("masks/c"):
        assert {key: now[key] for key in pieces if key != "frame 1"} == {
            key: value for key, value in pieces.items() if key != "frame 1"
        }
        assert not found or any("masks/c/1/0/0" in Path(finding.where).as_posix() for finding in report.findings)
    if name.startswith("RUN"):
        assert {key: now.get(key) for key in ("tracks", "states", "log", "frame 0", "frame 1", "frame 2")} == {
            key: pieces[key] for key in ("tracks", "states", "log", "frame 0", "frame 1", "frame 2")
        }


def assert_can_be_opened_or_says_why(path):
    refusal = None
    try:
        with Project.open(path) as project:
            work_goes_on(project)
            read_all(project)
    except MfvisError as error:
        refusal = str(error)
    assert refusal is None or any(place in refusal for place in (path.name, "Change", "table"))


@pytest.mark.parametrize("name", FILES)
@quick
@given(data=st.data())
def test_any_damage_of_any_file_is_found_or_harmless(sound, name, data):
    source, pieces = sound
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.mfvis"
        shutil.copytree(source, path)
        (run,) = (path / "runs").glob("2*")
        file = path / name.replace("RUN", f"runs/{run.name}")
        content = file.read_bytes()
        if not content:
            return
        position, bit = data.draw(st.integers(0, len(content) - 1), "position"), data.draw(st.integers(0, 8), "bit")
        assume(bit < 8 or not is_end_of_change(name, position))
        damage(file, content, position, bit)
        assert_found_or_harmless(path, name, pieces)
        assert_can_be_opened_or_says_why(path)


def test_a_schema_that_is_no_text_any_more_is_found_and_named(sound, tmp_path):
    source, pieces = sound
    path = tmp_path / "copy.mfvis"
    shutil.copytree(source, path)
    file = path / "annotations.sqlite"
    content = file.read_bytes()
    at = content.index(b"CREATE TABLE keyframe") + len(b"CREATE TABLE ")
    # SQLite quotes the broken statement in its message, which is then no UTF-8.
    file.write_bytes(content[: at - 1] + b"\xce\xce" + content[at + 1 :])
    assert_found_or_harmless(path, "annotations.sqlite", pieces)
    assert_can_be_opened_or_says_why(path)


def test_the_video_of_the_project_is_not_needed(sound, tmp_path):
    source, pieces = sound
    path = tmp_path / "copy.mfvis"
    shutil.copytree(source, path)
    with closing(open_video(path / "video" / "clip")) as video:
        assert video.length == LENGTH
    shutil.rmtree(path / "video")
    with Project.open(path) as project:
        assert {**read_all(project)} == pieces
        assert held(project)

"""`mfvis batch`, and `mfvis segment` with several projects: the main job, spread over the workers of an engine."""

import _thread
import contextlib
import csv
import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from mfvis_engine.actions import batch
from mfvis_engine.actions.batch import BatchPlan, segment_many
from mfvis_engine.actions.batch_report import Ending
from mfvis_engine.actions.resumption import SegmentRequest
from mfvis_engine.annotation import Annotations
from mfvis_engine.annotation.verbs import SetBox
from mfvis_engine.cli import batch_bars
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.client.handle import JobHandle
from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.project import Project, RunStatus
from tests.cli.conftest import said
from tests.cli.scripted_batch import (
    BREAK,
    CARRIER,
    FRAME_COUNT,
    GO,
    MEET,
    PAINT,
    TEAR,
    WAIT,
    begun,
    make_project,
)

ROOT = Path(__file__).parents[2]
WORKERS = 2


@pytest.fixture(scope="module")
def engine():
    """Of two workers that follow a script."""
    with Engine.start(workers=WORKERS, carrier=CARRIER) as started:
        yield started


@pytest.fixture
def notes(tmp_path):
    """The folder where jobs note that they were begun."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def made(tmp_path):
    """A function that makes projects "p0", "p1", ... of these categories, and adds them to a list."""

    def make(*categories, first=0):
        paths = [make_project(tmp_path / f"p{number}.mfvis", kind) for number, kind in enumerate(categories, first)]
        with (tmp_path / "list.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{path.name}\n" for path in paths)
        return paths

    return make


@pytest.fixture
def mfvis(run, engine, notes, monkeypatch):
    """A function that runs `mfvis` with that engine in the place of a local one."""
    monkeypatch.setattr(Engine, "start", lambda workers: _Lent(engine))
    return lambda *words: run(*words, "--device", notes)


class _Lent:
    """An engine that is not closed by whom it is lent to."""

    def __init__(self, engine):
        self._engine = engine

    def __enter__(self):
        return self._engine

    def __exit__(self, *_):
        pass


@pytest.fixture
def do_batch(mfvis, tmp_path):
    """A function that runs `mfvis batch` on the list."""
    return lambda *words: mfvis("batch", tmp_path / "list.txt", *words)


def runs(path):
    with Project.open(path, read_only=True) as project:
        return project.runs()


def statuses(path):
    return [info.status for info in runs(path)]


def endings(done):
    """What happened to each project, as the summary has it, by name."""
    told = {}
    for row in done.stdout.splitlines():
        ending = next((ending.value for ending in Ending if row.startswith(f"{ending} ")), None)
        if ending is not None:
            (name,) = (word for word in row.split("  ") if word.strip().endswith(".mfvis"))
            told[Path(name).stem] = ending
    return told


def test_what_goes_wrong_with_some_is_told_and_the_others_go_on(do_batch, made, notes):
    paths = made(PAINT, "", PAINT, PAINT, TEAR, BREAK)
    paths[2].with_name("p2.npy").unlink()
    done = do_batch()
    assert done.exit_code == 1, done.stderr
    failed = dict.fromkeys(("p1", "p2", "p4", "p5"), "failed")
    assert endings(done) == {"p0": "segmented", "p3": "segmented", **failed}, done.output
    assert "has no box in any frame" in done.stdout
    assert "mfvis relink" in done.stdout
    assert "The film is torn: mend it." in done.stdout
    assert "ValueError: 42" in done.stdout
    assert f"6 projects: 2 segmented, 4 failed; {2 * FRAME_COUNT} masks" in done.stdout
    assert "When that is mended: mfvis batch" in done.stdout
    assert len([line for line in done.stderr.splitlines() if " of 6  " in line]) == 6
    assert statuses(paths[0]) == statuses(paths[3]) == [RunStatus.FINISHED]
    assert statuses(paths[1]) == statuses(paths[2]) == []
    with Project.open(paths[3], read_only=True) as project:
        assert np.count_nonzero(project.read_masks(1)) == 8


def test_a_fault_of_the_program_in_this_process_is_an_outcome_too(do_batch, made, monkeypatch, caplog):
    made(PAINT, PAINT)
    segment = batch.segment_project

    def fail_first(project, *more):
        if project.name == "p0":
            raise ZeroDivisionError("by nothing")
        return segment(project, *more)

    monkeypatch.setattr(batch, "segment_project", fail_first)
    done = do_batch()
    assert endings(done) == {"p0": "failed", "p1": "segmented"}
    assert "ZeroDivisionError: by nothing. This is a fault of the program" in done.stdout
    assert "fail_first" in caplog.text  # where it happened


def test_a_project_that_is_open_elsewhere_or_damaged_is_an_outcome(do_batch, made):
    held, damaged, _ = made(PAINT, PAINT, PAINT)
    (damaged / "annotations.sqlite").write_bytes(b"no database at all, but long enough for a header" * 9)
    with Project.open(held):
        done = do_batch()
    assert endings(done) == {"p0": "failed", "p1": "failed", "p2": "segmented"}
    assert done.exit_code == 1


def test_done_again_it_does_only_what_is_not_done(do_batch, made, notes):
    paths = made(PAINT, TEAR, PAINT)
    assert do_batch().exit_code == 1
    assert begun(notes) == ["p0", "p1", "p2"]
    with Project.open(paths[1]) as project:  # the film is mended
        project.replace_annotations(_as_category(project.annotations(), PAINT))
    with Project.open(paths[2]) as project:
        project.do(SetBox(1, 1, (2, 2, 6, 6)))
    paths[0].with_name("p0.npy").unlink()  # of one that is done, the video is not asked for
    done = do_batch()
    assert done.exit_code == 0, done.stdout
    assert endings(done) == {"p0": "already done", "p1": "gone on with", "p2": "segmented"}
    assert begun(notes) == ["p0", "p1", "p1", "p2", "p2"]
    assert statuses(paths[1]) == [RunStatus.FINISHED]
    assert statuses(paths[2]) == [RunStatus.FINISHED] * 2


def _as_category(annotations, category):
    return Annotations(tuple(dataclasses.replace(track, category=category) for track in annotations.tracks))


@pytest.mark.parametrize(
    ("first", "then", "ending"),
    [
        ((), (), "already done"),
        (("--steps", 5), ("--steps", 5), "already done"),
        (("--steps", 5), (), "segmented"),
        ((), ("--seconds", 5), "segmented"),
        ((), ("--anew",), "segmented"),
    ],
)
def test_a_run_made_with_other_limits_does_not_count(do_batch, made, first, then, ending):
    made(PAINT)
    assert do_batch(*first).exit_code == 0
    assert endings(do_batch(*then)) == {"p0": ending}


def test_the_summary_is_written_as_a_table_and_never_over_a_file(do_batch, made, tmp_path):
    paths = made(PAINT, "")
    summary = tmp_path / "new" / "summary.csv"
    assert "Wrote" in do_batch("--summary", summary).stdout
    with summary.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "project": str(paths[0]),
        "ending": "segmented",
        "masks": str(FRAME_COUNT),
        "tracks": "1",
        "frames": str(FRAME_COUNT),
        "seconds": first["seconds"],
        "device": "pencil",
        "run": runs(paths[0])[0].run_id,
        "reason": "",
    }
    assert float(first["seconds"]) >= 0
    assert (second["ending"], second["masks"]) == ("failed", "")
    assert "no box in any frame" in second["reason"]
    before = summary.read_bytes()
    refused = do_batch("--summary", summary)
    assert (refused.exit_code, summary.read_bytes()) == (1, before)
    assert "give --overwrite" in said(refused.stderr)
    done = do_batch("--summary", summary, "--overwrite")
    assert "already done" in summary.read_text(encoding="utf-8")
    assert f"--summary {summary} --overwrite" in done.stdout  # the command that goes on can be pasted


@pytest.mark.parametrize("name", ["summary.txt", "p0.mfvis/summary.csv"])
def test_a_summary_that_would_harm_is_refused_before_anything_is_begun(do_batch, made, notes, tmp_path, name):
    made(PAINT)
    assert do_batch("--summary", tmp_path / name).exit_code == 1
    assert begun(notes) == []


def test_the_list_is_not_replaced_by_the_summary(mfvis, made, tmp_path):
    made(PAINT)
    source = (tmp_path / "list.txt").rename(tmp_path / "list.csv")
    refused = mfvis("batch", source, "--summary", source, "--overwrite")
    assert (refused.exit_code, source.read_text(encoding="utf-8")) == (1, "p0.mfvis\n")


def test_a_bad_list_begins_nothing(do_batch, made, notes, tmp_path):
    made(PAINT)
    with (tmp_path / "list.txt").open("a", encoding="utf-8") as file:
        file.write("gone\n")
    refused = do_batch()
    assert refused.exit_code == 1
    assert "line 2: There is no" in said(refused.stderr)
    assert begun(notes) == []


def test_two_workers_work_at_the_same_time(do_batch, made):
    made(MEET, MEET)  # each waits until the other has begun
    done = do_batch()
    assert endings(done) == {"p0": "segmented", "p1": "segmented"}, done.stdout


def test_no_more_projects_are_open_than_there_are_workers_and_one(do_batch, made, monkeypatch):
    made(*[PAINT] * 9)
    opened, most, lock = 0, 0, threading.Lock()

    class Counted(Project):
        def __enter__(self):
            nonlocal opened, most
            with lock:
                opened += 1
                most = max(most, opened)
            return super().__enter__()

        def __exit__(self, *error):
            nonlocal opened
            super().__exit__(*error)
            with lock:
                opened -= 1

    monkeypatch.setattr(batch, "Project", Counted)
    assert do_batch().exit_code == 0
    assert (opened, most) == (0, WORKERS + 1)


def test_ctrl_c_cancels_what_is_in_hand_and_tells_how_to_go_on(do_batch, made, notes, tmp_path):
    paths = made(WAIT, WAIT, WAIT, PAINT)
    presser = threading.Thread(target=_press_when, args=(lambda: sum(map(_frames_done, paths)) == WORKERS,))
    presser.start()
    stopped = do_batch("--seconds", 60)
    presser.join()
    assert stopped.exit_code == 130, stopped.stderr
    assert endings(stopped) == {**dict.fromkeys(("p0", "p1", "p2"), "cancelled"), "p3": "not begun"}
    assert f"To go on: mfvis batch {tmp_path / 'list.txt'} --seconds 60" in said(stopped.stderr)
    worked_on = [path for path in paths if _frames_done(path)]
    assert len(worked_on) == WORKERS
    for path in worked_on:
        (info,) = runs(path)
        assert (info.status, info.reason) == (RunStatus.FAILED, "Cancelled by the user.")
    (notes / GO).touch()
    done = do_batch("--seconds", 60)
    assert done.exit_code == 0, done.stdout
    assert endings(done) == {**dict.fromkeys(("p0", "p1", "p2"), "gone on with"), "p3": "segmented"}
    assert all(statuses(path) == [RunStatus.FINISHED] for path in paths)


def _press_when(happens):
    deadline = time.monotonic() + 60
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # until the next one, too, has been handed in
    _thread.interrupt_main()


def test_a_second_ctrl_c_ends_it_at_once(do_batch, made, notes, monkeypatch):
    made(WAIT, PAINT)
    pressed = []

    def cancel_in_vain(handle):
        pressed.append(handle)
        raise KeyboardInterrupt

    cancel = JobHandle.cancel
    presser = threading.Thread(target=_press_when, args=(lambda: begun(notes) == ["p0", "p1"],))
    monkeypatch.setattr(JobHandle, "cancel", cancel_in_vain)
    presser.start()
    stopped = do_batch()
    presser.join()
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    cancel(pressed[0])


def test_where_the_engine_is_lost_the_rest_is_not_begun(do_batch, made, notes, monkeypatch):
    made(*[PAINT] * 6)
    submit = Engine.submit

    def lose(engine, job, **options):
        if "p0" in job.clip.path:
            return submit(engine, job, **options)
        raise EngineUnavailableError("No engine answers")

    monkeypatch.setattr(Engine, "submit", lose)
    lost = do_batch()
    assert lost.exit_code == 1
    assert set(endings(lost).values()) <= {"segmented", "failed", "not begun"}
    assert endings(lost)["p5"] == "not begun"
    assert "The engine was lost before its turn had come." in lost.stdout
    monkeypatch.setattr(Engine, "submit", submit)
    assert do_batch().exit_code == 0


@contextlib.contextmanager
def started_batch(tmp_path, notes, **options):
    """`mfvis batch` in a process of its own, with an engine of its own."""
    words = [sys.executable, "-m", "tests.cli.scripted_batch", str(tmp_path / "list.txt"), str(notes), str(WORKERS)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(words, cwd=ROOT, **pipes, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(happens):
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_batch_that_was_killed_is_gone_on_with_and_does_nothing_twice(do_batch, made, notes, tmp_path):
    done = made(PAINT, PAINT)
    assert do_batch().exit_code == 0
    paths = [*done, *made(*[WAIT] * 4, first=2)]
    in_hand, left = paths[2:5], paths[5]
    with started_batch(tmp_path, notes):
        wait_for(lambda: all(map(_is_handed_in, in_hand)) and sum(map(_frames_done, in_hand)) == WORKERS)
    (waiting,) = (path for path in in_hand if not _frames_done(path))
    assert statuses(left) == []
    (notes / GO).touch()
    again = do_batch()
    assert again.exit_code == 0, again.stdout
    assert endings(again) == {
        **{path.stem: "already done" for path in done},
        **{path.stem: "gone on with" for path in in_hand},
        left.stem: "segmented",
    }
    assert all(statuses(path) == [RunStatus.FINISHED] for path in paths)
    worked_on = {path.stem for path in in_hand if path != waiting}
    assert begun(notes) == sorted([*(path.stem for path in paths), *worked_on])  # these were lost with their engine


def _is_handed_in(path):
    return any("engine_job" in info.settings for info in runs(path))


def _frames_done(path):
    return sum(info.frames_done for info in runs(path))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a terminal")
def test_ctrl_c_in_a_terminal_ends_the_engine_with_it(made, notes, tmp_path):
    paths = made(PAINT, WAIT)
    with started_batch(tmp_path, notes, start_new_session=True) as process:
        wait_for(lambda: begun(notes) == ["p0", "p1"] and _frames_done(paths[1]) == 1)
        os.killpg(process.pid, signal.SIGINT)  # reaches the workers too
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "2 projects: 1 segmented, 1 cancelled" in out
    assert "Traceback" not in errors
    wait_for(lambda: not _alive_in_group(process.pid))


def _alive_in_group(number):
    """Processes of a group that are more than an entry waiting to be read."""
    alive = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def test_a_job_goes_on_at_a_served_engine_and_is_not_done_twice(engine, made, notes):
    """A client that dies leaves its jobs to the engine; the next one fetches them."""
    (path,) = made(WAIT)
    plan = BatchPlan(SegmentRequest(device=str(notes)))

    class Gone(BaseException):
        pass

    def vanish(path, event):
        if type(event).__name__ == "FrameDone":
            raise Gone

    listener = batch_bars.BatchBars(1)
    listener.told = vanish
    with pytest.raises(Gone):
        segment_many([path], plan, engine, listener)
    (notes / GO).touch()
    report = segment_many([path], plan, engine, batch_bars.BatchBars(1))
    assert [outcome.ending for outcome in report.outcomes] == [Ending.GONE_ON]
    assert begun(notes) == ["p0"]


def test_segment_takes_several_projects_and_resumes_them(mfvis, made, notes):
    paths = made(PAINT, TEAR, PAINT)
    done = mfvis("segment", *paths, "--steps", 7)
    assert done.exit_code == 1
    assert endings(done) == {"p0": "segmented", "p1": "failed", "p2": "segmented"}
    assert "--steps 7" in done.stdout
    assert said(done.stdout).endswith("--resume")
    assert runs(paths[0])[0].settings["request"]["limits"] == {"steps": 7, "seconds": None}
    again = mfvis("segment", *paths, "--resume", "--steps", 7)
    assert endings(again) == {"p0": "already done", "p1": "failed", "p2": "already done"}
    assert begun(notes) == ["p0", "p1", "p1", "p2"]
    assert statuses(paths[1]) == [RunStatus.FAILED]  # the same run
    anew = mfvis("segment", paths[0], paths[2])
    assert endings(anew) == {"p0": "segmented", "p2": "segmented"}
    assert anew.exit_code == 0


def test_segment_resumes_several_as_they_were_begun(run, mfvis, made, notes):
    paths = made(PAINT, TEAR, PAINT)
    assert mfvis("segment", *paths[:2], "--steps", 7, "--boxes-only").exit_code == 1
    with Project.open(paths[2]) as project:  # begun by mfvis segment alone, without an engine
        settings = dict(runs(paths[0])[0].settings)
        del settings["engine_job"]
        project.create_run({**settings, "boxes": project.boxes().digest()}, [1]).finish()
    again = run("segment", *paths, "--resume")
    assert endings(again) == {"p0": "already done", "p1": "failed", "p2": "already done"}
    assert "The film is torn" in again.stdout  # on the device it was begun on
    assert begun(notes) == ["p0", "p1", "p1"]


def test_segment_with_several_refuses_what_is_of_one(mfvis, made, notes):
    paths = made(PAINT, PAINT)
    refused = mfvis("segment", *paths, "--start-from", "1a2b")
    assert refused.exit_code == 2
    assert "a run is of one project" in said(refused.stderr)
    twice = mfvis("segment", paths[0], paths[0])
    assert twice.exit_code == 1
    assert "project 2:" in twice.stderr
    assert begun(notes) == []


@pytest.mark.slow
def test_real_training_is_done_on_a_real_engine(run, boxed_project, empty_project, tmp_path, video_path):
    Project.create(tmp_path / "empty.mfvis", video_path).close()
    (tmp_path / "list.txt").write_text("walk\nempty\n", encoding="utf-8")
    done = run("batch", tmp_path / "list.txt", "--steps", 1, "--device", "cpu")
    assert done.exit_code == 1
    assert "2 projects: 1 segmented, 1 failed" in done.stdout
    (info,) = runs(boxed_project)
    assert (info.status, info.settings["settings"]["steps"]) == (RunStatus.FINISHED, 1)


def test_help_has_an_example_and_says_what_comes_next(run):
    text = said(run("batch", "--help").stdout)
    assert "Examples mfvis batch projects.txt" in text
    assert "Then" in text


def test_the_documented_example_runs(mfvis, made, notes, tmp_path, monkeypatch, capsys):
    made(PAINT, "")
    (tmp_path / "list.txt").rename(tmp_path / "projects.txt")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "many_videos.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "SegmentRequest())" in example
    exec(example.replace("SegmentRequest())", f"SegmentRequest(device={str(notes)!r}))"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.rstrip() == "p0.mfvis segmented"
    assert second.startswith("p1.mfvis failed")

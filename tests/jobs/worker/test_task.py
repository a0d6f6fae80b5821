"""What a worker does with a job, in this process: however it ends, the board knows why."""

import time
import weakref

import pytest

from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.board.service import Service
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineUnavailableError, JobCancelledError, UnknownBlobError
from mfvis_engine.jobs.events import Cancelled, Failed, Finished, FrameDone, JobState, Learned, Queued
from mfvis_engine.jobs.files.clips import clip_key
from mfvis_engine.jobs.files.shelf import ShelfKind
from mfvis_engine.jobs.job import LabelledClip, VisTrainJob
from mfvis_engine.jobs.video_model import ModelSize
from mfvis_engine.jobs.wire.codec import decode_event
from mfvis_engine.jobs.wire.messages import AskOrders, Orders
from mfvis_engine.jobs.worker import board_link, rooms, task
from mfvis_engine.jobs.worker.threads import free_cores
from mfvis_engine.jobs.worker.worker_desk import AttemptOverError
from tests.jobs.carriers import masks
from tests.jobs.making import CARRIER, clip_of, job_of, run


class Side:
    """The worker's process, with the board in the same one."""

    address = name = "tls://worker"

    def __init__(self, board: Board, folder) -> None:
        self.folder = folder
        self.calls = 0
        self.broken_calls = 0
        self.ended = 0
        self._service = Service(board)

    def call(self, payload: bytes) -> object:
        self.calls += 1
        if self.broken_calls:
            self.broken_calls -= 1
            raise OSError("connection broken")
        return run(self._service.handle(payload))

    def end_process(self) -> None:
        self.ended += 1


@pytest.fixture
def side(board, tmp_path, monkeypatch):
    side = Side(board, tmp_path / "worker")
    monkeypatch.setattr(task, "WorkerSide", lambda: side)
    monkeypatch.setattr(task, "fit_torch_threads", lambda: None)
    monkeypatch.setattr(board_link, "_PAUSES_S", (0.0, 0.0))
    return side


def test_a_job_is_carried_out_and_leaves_no_files(board, side, video):
    board.submit("ab", job_of(video, "frames:3"))
    task.run_job("ab", CARRIER)
    events = _events(board, "ab")
    assert events[-4:] == [*(FrameDone(masks(number)) for number in range(3)), Finished()]
    assert list((side.folder / f"mfvis-{board.engine_id}" / "work").iterdir()) == []
    assert side.ended == 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("person", "The film is torn: mend it"),
        ("program", "ValueError: 42 (carriers.py, line"),
        ("memory", "Memory is exhausted (no)"),
    ],
)
def test_what_goes_wrong_is_the_reason(board, side, video, kind, reason):
    board.submit("ab", job_of(video, f"fail:{kind}"))
    task.run_job("ab", CARRIER)
    ending = board.record("ab").ending
    assert isinstance(ending, Failed)
    assert reason in ending.reason
    assert side.ended == (kind == "memory")


def test_a_carrier_that_cannot_be_imported_is_the_reason(board, side, video):
    board.submit("ab", job_of(video, "nothing"))
    task.run_job("ab", "mfvis_engine.no_such_module:carry_out")
    ending = board.record("ab").ending
    assert isinstance(ending, Failed)
    assert "no_such_module" in ending.reason


def test_a_missing_video_is_the_reason(board, side, video):
    job = job_of(video, "nothing")
    board.submit("ab", job)
    video.unlink()
    task.run_job("ab", CARRIER)
    ending = board.record("ab").ending
    assert isinstance(ending, Failed)
    assert "does not have the video" in ending.reason


def test_a_job_that_has_ended_is_not_begun(board, side, video):
    board.submit("ab", job_of(video, "fail:program"))
    board.set_wish("ab", Wish.CANCEL)
    task.run_job("ab", CARRIER)
    assert _events(board, "ab") == [Queued(), Cancelled()]


def test_a_cancelled_job_stops_and_the_worker_goes_on(board, side, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))

    def cancelled(job, clip_path, desk):
        board.set_wish("ab", Wish.CANCEL)
        desk.tell(FrameDone(masks(0)))
        assert desk.wish() is Wish.CANCEL
        raise JobCancelledError("Cancelled")

    monkeypatch.setattr(task, "_imported", lambda carrier: cancelled)
    task.run_job("ab", CARRIER)
    assert _events(board, "ab") == [Queued(), Cancelled()]


def test_an_attempt_given_up_by_the_board_ends_without_a_word(board, side, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))

    def lost(job, clip_path, desk):
        (desk.folder / "snapshot").touch()
        board.lose_worker(side.address)
        with pytest.raises(AttemptOverError):
            desk.tell(FrameDone(masks(0)))
        desk.tell(FrameDone(masks(1)))

    monkeypatch.setattr(task, "_imported", lambda carrier: lost)
    task.run_job("ab", CARRIER)
    assert board.record("ab").state is JobState.QUEUED
    assert not any(isinstance(event, FrameDone) for event in _events(board, "ab"))
    assert (side.folder / f"mfvis-{board.engine_id}" / "work" / "ab" / "snapshot").exists()


def test_the_next_attempt_finds_its_folder_and_what_is_done(board, side, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))
    seen = []

    def dies_once(job, clip_path, desk):
        seen.append((desk.attempt, (desk.folder / "snapshot").exists(), sorted(desk.frames_done())))
        if desk.attempt == 1:
            (desk.folder / "snapshot").touch()
            desk.tell(FrameDone(masks(4)))
            board.lose_worker(side.address)
            desk.wish()
            time.sleep(0.11)
            desk.wish()

    monkeypatch.setattr(task, "_imported", lambda carrier: dies_once)
    task.run_job("ab", CARRIER)
    task.run_job("ab", CARRIER)
    assert seen == [(1, False, []), (2, True, [4])]
    assert board.record("ab").state is JobState.FINISHED


def test_wishes_are_asked_for_ten_times_a_second_at_most(board, side, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))
    counts = []

    def asks(job, clip_path, desk):
        before = side.calls
        began = time.monotonic()
        while time.monotonic() - began < 0.35:
            assert (desk.wish(), desk.focus_frame()) == (Wish.RUN, 0)
        counts.append(side.calls - before)

    monkeypatch.setattr(task, "_imported", lambda carrier: asks)
    task.run_job("ab", CARRIER)
    assert counts[0] <= 4


def test_a_message_whose_connection_broke_is_sent_again(board, side, video):
    board.submit("ab", job_of(video, "frames:1"))
    side.broken_calls = 2
    task.run_job("ab", CARRIER)
    assert board.record("ab").state is JobState.FINISHED
    side.broken_calls = 3
    with pytest.raises(EngineUnavailableError, match="connection broken"):
        board_link.BoardLink(side).ask(AskOrders("ab", 1), Orders)


@pytest.mark.parametrize("shares_disk", [True, False])
def test_learned_weights_are_kept_and_found_again(board, side, video, monkeypatch, shares_disk):
    if not shares_disk:
        monkeypatch.setattr(rooms, "_seen", lambda begun: None)
    board.submit("ab", job_of(video, "learn:x"))
    task.run_job("ab", CARRIER)
    (learned,) = [event for event in _events(board, "ab") if isinstance(event, Learned)]
    board.submit("cd", job_of(video, "nothing", blob=learned.blob))
    found = []

    def reads(job, clip_path, desk):
        found.append(desk.blob(job.start.blob))
        with pytest.raises(UnknownBlobError):
            desk.blob("abc")

    monkeypatch.setattr(task, "_imported", lambda carrier: reads)
    task.run_job("cd", CARRIER)
    assert board.record("cd").state is JobState.FINISHED
    assert found[0].read_bytes() == b"x" * 3_000_000
    assert found[0].is_relative_to(board.folder) == shares_disk


@pytest.mark.parametrize("shares_disk", [True, False])
def test_an_uploaded_clip_is_found(board, side, video, monkeypatch, shares_disk):
    if not shares_disk:
        monkeypatch.setattr(rooms, "_seen", lambda begun: None)
    job = job_of(video, "nothing")
    key = f"{job.clip.fingerprint.digest}-{job.clip.fingerprint.size_bytes}"
    board.shelves[ShelfKind.CLIPS].write(key, "walk.mp4", 0, b"film")
    board.shelves[ShelfKind.CLIPS].finish(key)
    video.unlink()
    paths = []
    monkeypatch.setattr(task, "_imported", lambda carrier: lambda job, clip_path, desk: paths.append(clip_path))
    board.submit("ab", job)
    task.run_job("ab", CARRIER)
    assert board.record("ab").state is JobState.FINISHED
    assert (paths[0].name, paths[0].read_bytes()) == ("walk.mp4", b"film")
    assert paths[0].is_relative_to(board.folder) == shares_disk


def test_a_job_may_ask_for_a_fresh_process_after_it(board, side, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))

    def leaves_memory(job, clip_path, desk):
        desk.wants_fresh_process = True

    monkeypatch.setattr(task, "_imported", lambda carrier: leaves_memory)
    task.run_job("ab", CARRIER)
    assert side.ended == 1


def test_gpu_memory_wants_a_fresh_process(board, side, video, monkeypatch):
    monkeypatch.setattr(task, "_holds_gpu_memory", lambda: True)
    board.submit("ab", job_of(video, "nothing"))
    task.run_job("ab", CARRIER)
    assert side.ended == 1
    assert board.record("ab").state is JobState.FINISHED


def test_some_core_is_always_free():
    assert free_cores() >= 1


def _events(board, job_id):
    return [decode_event(record) for record in board.record(job_id).journal.read(0, 10**6)]


def test_what_a_job_left_in_a_cycle_is_given_back(board, side, video, monkeypatch):
    left = []

    class Holder:
        def __init__(self):
            self.itself = self

    def leaves_a_cycle(job, clip_path, desk):
        left.append(weakref.ref(Holder()))

    monkeypatch.setattr(task, "_imported", lambda carrier: leaves_a_cycle)
    board.submit("ab", job_of(video, "nothing"))
    task.run_job("ab", CARRIER)
    assert left[0]() is None


@pytest.mark.parametrize("shares_disk", [True, False])
def test_all_clips_of_a_job_are_found(board, side, tmp_path, monkeypatch, shares_disk):
    if not shares_disk:
        monkeypatch.setattr(rooms, "_seen", lambda begun: None)
    clips = []
    for name in ("walk", "swim"):
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(name.encode())
        clips.append(clip_of(path))
        key = clip_key(clips[-1])
        board.shelves[ShelfKind.CLIPS].write(key, path.name, 0, path.read_bytes())
        board.shelves[ShelfKind.CLIPS].finish(key)
        path.unlink()
    videos = tuple(LabelledClip(name="", clip=clip, categories=(), boxes_xyxy=b"", annotated=b"") for clip in clips)
    found = []

    def reads(job, clip_path, desk):
        assert clip_path == desk.clip(clips[0])
        found.extend(desk.clip(clip) for clip in clips)

    monkeypatch.setattr(task, "_imported", lambda carrier: reads)
    board.submit("ab", VisTrainJob(videos=videos, start=ModelSize("tiny")))
    assert board.record("ab").keys == {clip_key(clip) for clip in clips}
    task.run_job("ab", CARRIER)
    assert board.record("ab").state is JobState.FINISHED
    assert [path.read_bytes() for path in found] == [b"walk", b"swim"]
    assert all(path.is_relative_to(board.folder) == shares_disk for path in found)

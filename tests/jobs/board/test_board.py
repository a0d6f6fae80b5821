"""The board: what a job told is never lost or told twice, an attempt that is over has no say, an end is the end."""

import asyncio
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.jobs.board import journal as journal_module
from mfvis_engine.jobs.board import service as service_module
from mfvis_engine.jobs.board.board import MOST_ATTEMPTS, Board
from mfvis_engine.jobs.board.service import Service
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineError, EngineUnavailableError, UnknownBlobError, UnknownJobError
from mfvis_engine.jobs.events import (
    Cancelled,
    Failed,
    Finished,
    FrameDone,
    JobState,
    Learned,
    Paused,
    Progress,
    Queued,
    Resumed,
    Stage,
    Started,
    TracksFound,
    Warned,
)
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.codec import decode_answer, decode_event, encode
from mfvis_engine.jobs.wire.messages import (
    AskEvents,
    AskJob,
    Begin,
    EventBatch,
    Hello,
    JobInfo,
    JobList,
    ListJobs,
    Noted,
    SetFocus,
    SetWish,
    Version,
    Welcome,
)
from tests.jobs.carriers import masks
from tests.jobs.making import job_of, run

HALF = Progress(stage=Stage.TRAINING, fraction_done=0.5)


@pytest.mark.parametrize(
    ("again", "done"),
    [
        (Learned(steps=9, seconds=1.0, blob="aa"), (2, 5)),  # the network was kept
        (Learned(steps=9, seconds=2.0, blob="bb"), (5,)),  # it was lost, so that frame 2 is of another
    ],
)
def test_frames_of_a_network_that_was_lost_are_not_done(board, video, again, done):
    board.submit("ab", job_of(video, "nothing"))
    board.begin(_begin("ab", "first"))
    for number, event in enumerate((Learned(steps=9, seconds=1.0, blob="aa"), FrameDone(masks(2)))):
        board.tell("ab", 1, number, event)
    board.begin(_begin("ab", "second"))
    for number, event in enumerate((again, FrameDone(masks(5)))):
        board.tell("ab", 2, number, event)
    assert board.begin(_begin("ab", "third")).frames_done == done


def test_frames_of_an_attempt_before_are_not_done_once_all_is_found_anew(board, video):
    board.submit("ab", job_of(video, "nothing"))
    attempt = board.begin(_begin("ab", "1")).attempt
    found = TracksFound(known_ids=(1,), proposed=())
    for number, event in enumerate((found, FrameDone(masks(0)), FrameDone(masks(1)))):
        board.tell("ab", attempt, number, event)
    assert board.record("ab").info().frame_count == 2
    board.lose_worker("tls://worker")
    begun = board.begin(_begin("ab", "2"))
    board.tell("ab", begun.attempt, 0, found)
    assert board.record("ab").info().frame_count == 0
    board.tell("ab", begun.attempt, 1, FrameDone(masks(1)))
    assert board.record("ab").journal.frames_done() == (1,)


def test_a_job_goes_its_way(board, video):
    submitted: list[str] = []
    board.on_submitted = submitted.append
    board.submit("ab", job_of(video, "nothing", focus_frame=3))
    assert submitted == ["ab"]
    begun = board.begin(_begin("ab", "first"))
    assert begun.job == job_of(video, "nothing", focus_frame=3)
    assert (begun.attempt, begun.frames_done) == (1, ())
    board.tell("ab", 1, 0, Started(attempt=1, device="cpu"))
    orders = board.tell("ab", 1, 1, FrameDone(masks(3)))
    assert (orders.wish, orders.focus_frame, orders.is_current) == (Wish.RUN, 3, True)
    board.conclude("ab", 1, Finished())
    assert _events(board, "ab") == [Queued(), Started(attempt=1, device="cpu"), FrameDone(masks(3)), Finished()]
    (info,) = board.infos()
    assert (info.job_id, info.kind, info.video) == ("ab", "train", str(video))
    assert (info.state, info.attempt, info.event_count, info.frame_count) == (JobState.FINISHED, 1, 4, 1)
    assert info.ending == Finished()


def test_a_job_handed_in_twice_is_one(board, video):
    submitted: list[str] = []
    board.on_submitted = submitted.append
    for _ in range(2):
        board.submit("ab", job_of(video, "nothing"))
    assert submitted == ["ab"]
    assert len(board.infos()) == 1


def test_a_repeated_message_counts_once(board, video):
    board.submit("ab", job_of(video, "nothing"))
    assert [board.begin(_begin("ab", "first")).attempt for _ in range(2)] == [1, 1]
    for _ in range(2):
        board.tell("ab", 1, 0, HALF)
    assert _events(board, "ab") == [Queued(), HALF]


def test_states_follow_what_is_told(board, video):
    board.submit("ab", job_of(video, "nothing"))
    states = [board.record("ab").state]
    board.begin(_begin("ab", "first"))
    for number, event in enumerate([Started(attempt=1, device="cpu"), Paused(), Resumed()]):
        board.tell("ab", 1, number, event)
        states.append(board.record("ab").state)
    assert states == [JobState.QUEUED, JobState.RUNNING, JobState.PAUSED, JobState.RUNNING]


def test_an_attempt_that_is_over_has_no_say(board, video):
    board.submit("ab", job_of(video, "nothing"))
    board.begin(_begin("ab", "first"))
    board.tell("ab", 1, 0, FrameDone(masks(2)))
    board.lose_worker("tls://worker")
    assert not board.tell("ab", 1, 1, HALF).is_current
    second = board.begin(_begin("ab", "second"))
    assert (second.attempt, second.frames_done) == (2, (2,))
    assert not board.tell("ab", 1, 1, HALF).is_current
    board.conclude("ab", 1, Failed("of old"))
    assert board.record("ab").state is JobState.QUEUED
    assert HALF not in _events(board, "ab")


def test_a_worker_that_dies_again_and_again_fails_its_job_alone(board, video):
    board.submit("ab", job_of(video, "nothing"))
    board.submit("cd", job_of(video, "nothing"))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert board.begin(_begin("ab", f"attempt {attempt}")).attempt == attempt
        board.tell("ab", attempt, 0, FrameDone(masks(attempt)))
        board.lose_worker("tls://worker")
    ending = board.record("ab").ending
    assert isinstance(ending, Failed)
    assert "died 3 times; 3 finished frames are kept" in ending.reason
    assert sum(isinstance(event, Warned) for event in _events(board, "ab")) == MOST_ATTEMPTS - 1
    assert board.begin(_begin("ab", "one more")).job is None
    assert _events(board, "cd") == [Queued()]


@pytest.mark.parametrize("moment", ["queued", "begun", "paused", "lost"])
def test_cancelled_at_any_moment_is_cancelled_at_once(board, video, moment):
    board.submit("ab", job_of(video, "nothing"))
    if moment != "queued":
        board.begin(_begin("ab", "first"))
        board.tell("ab", 1, 0, FrameDone(masks(0)))
    if moment == "paused":
        board.set_wish("ab", Wish.PAUSE)
        board.tell("ab", 1, 1, Paused())
    if moment == "lost":
        board.lose_worker("tls://worker")
    board.set_wish("ab", Wish.CANCEL)
    assert board.record("ab").state is JobState.CANCELLED
    orders = board.tell("ab", 1, 2, HALF)
    assert (orders.wish, orders.is_current) == (Wish.CANCEL, False)
    board.conclude("ab", 1, Finished())
    board.set_wish("ab", Wish.RUN)
    assert board.orders("ab", 1).wish is Wish.CANCEL
    assert board.begin(_begin("ab", "second")).job is None
    assert _events(board, "ab")[-1] == Cancelled()


_STEPS = st.sampled_from(["begin", "tell", "tell old", "conclude", "lose", "cancel", "pause", "fail"])


@settings(max_examples=100)
@given(steps=st.lists(_STEPS, max_size=15))
def test_there_is_one_end_and_it_comes_last(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("board")
    (folder / "walk.mp4").write_bytes(b"film")
    board = Board(folder)
    board.submit("ab", job_of(folder / "walk.mp4", "nothing"))
    record = board.record("ab")
    for number, step in enumerate(steps):
        before = _events(board, "ab")
        ended = record.state.ended
        match step:
            case "begin":
                board.begin(_begin("ab", str(number)))
            case "tell":
                board.tell("ab", record.attempt, record.told_count, HALF)
            case "tell old":
                board.tell("ab", record.attempt - 1, record.told_count, Warned("of old"))
            case "conclude":
                board.conclude("ab", record.attempt, Finished())
            case "lose":
                board.lose_worker("tls://worker")
            case "cancel" | "pause":
                board.set_wish("ab", Wish(step))
            case "fail":
                board.fail("ab", "a reason")
        after = _events(board, "ab")
        assert after[: len(before)] == before
        assert Warned("of old") not in after
        assert not ended or after == before
    endings = [event for event in _events(board, "ab") if isinstance(event, Finished | Failed | Cancelled)]
    assert len(endings) == record.state.ended
    assert not endings or endings[0] == _events(board, "ab")[-1] == record.ending


def test_a_worker_of_another_version_is_named(board, video):
    board.submit("ab", job_of(video, "nothing"))
    begin = msgspec.structs.replace(_begin("ab", "first"), version=Version(7, "9.9.9"))
    assert board.begin(begin).job is None
    ending = board.record("ab").ending
    assert isinstance(ending, Failed)
    assert "9.9.9 (protocol 7)" in ending.reason
    assert str(Version.own()) in ending.reason


def test_jobs_that_ended_long_ago_are_forgotten_but_none_that_runs(tmp_path, video):
    board = Board(tmp_path, Limits(ended_jobs=2))
    board.submit("0", job_of(video, "nothing"))
    for job_id in "abcd":
        board.submit(job_id, job_of(video, "nothing"))
        board.set_wish(job_id, Wish.CANCEL)
    assert [info.job_id for info in board.infos()] == ["0", "c", "d"]
    assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == ["0", "c", "d"]
    with pytest.raises(UnknownJobError, match="keeps the last 2 that ended"):
        board.record("a")


def test_events_of_ended_jobs_are_bounded_but_the_last_job_stays(tmp_path, video):
    board = Board(tmp_path, Limits(event_bytes=10))
    for job_id in "ab":
        board.submit(job_id, job_of(video, "nothing"))
        board.set_wish(job_id, Wish.CANCEL)
    assert [info.job_id for info in board.infos()] == ["b"]


def test_a_full_disk_ends_a_job_with_a_reason_and_keeps_what_was_told(board, video, monkeypatch):
    board.submit("ab", job_of(video, "nothing"))
    board.begin(_begin("ab", "first"))
    board.tell("ab", 1, 0, FrameDone(masks(0)))
    monkeypatch.setattr(journal_module, "_write_at", _full)
    with pytest.raises(EngineError, match=r"No space left on device.*Make room"):
        board.tell("ab", 1, 1, FrameDone(masks(1)))
    board.conclude("ab", 1, Failed("the disk is full"))
    assert _events(board, "ab") == [Queued(), FrameDone(masks(0)), Failed("the disk is full")]
    with pytest.raises(EngineError, match="Make room"):
        board.submit("cd", job_of(video, "nothing"))
    assert not board.has("cd")


def test_weights_that_are_not_kept_are_refused(board, video):
    with pytest.raises(UnknownBlobError, match="does not keep the weights abc"):
        board.submit("ab", job_of(video, "nothing", blob="abc"))


@pytest.mark.parametrize("job_id", ["", "../x", "A", "jobs"])
def test_ids_are_hexadecimal(board, video, job_id):
    with pytest.raises(EngineError, match="is no key"):
        board.submit(job_id, job_of(video, "nothing"))


def test_questions_for_news_wait_for_it(board, video):
    async def ask() -> tuple[EventBatch, float, EventBatch, JobInfo]:
        board.submit("ab", job_of(video, "nothing"))
        service = Service(board)
        began = time.monotonic()
        nothing = decode_answer(await service.handle(encode(AskEvents("ab", 1, 0.05))), EventBatch)
        waited_s = time.monotonic() - began
        waiting = asyncio.create_task(service.handle(encode(AskEvents("ab", 1, 30.0))))
        ending = asyncio.create_task(service.handle(encode(AskJob("ab", 30.0))))
        await asyncio.sleep(0.01)
        board.begin(_begin("ab", "first"))
        board.tell("ab", 1, 0, HALF)
        news = decode_answer(await waiting, EventBatch)
        board.set_wish("ab", Wish.CANCEL)
        return nothing, waited_s, news, decode_answer(await ending, JobInfo)

    nothing, waited_s, news, info = run(ask())
    assert nothing == EventBatch((), ended=False)
    assert waited_s >= 0.05
    assert [decode_event(event) for event in news.events] == [HALF]
    assert info.state is JobState.CANCELLED


def test_clients_set_what_is_wanted_and_see_all_jobs(board, video):
    board.submit("ab", job_of(video, "nothing"))
    assert _ask(board, SetWish("ab", Wish.PAUSE), Noted) == Noted()
    assert _ask(board, SetFocus("ab", 12), Noted) == Noted()
    assert (board.orders("ab", 0).wish, board.orders("ab", 0).focus_frame) == (Wish.PAUSE, 12)
    assert [info.job_id for info in _ask(board, ListJobs(), JobList).jobs] == ["ab"]
    batch = _ask(board, AskEvents("ab", 0, 0.0), EventBatch)
    assert ([decode_event(event) for event in batch.events], batch.ended) == ([Queued()], False)
    with pytest.raises(UnknownJobError, match="no job cd"):
        _ask(board, AskEvents("cd", 0, 0.0), EventBatch)


def test_the_last_batch_says_that_it_is_the_last(board, video, monkeypatch):
    monkeypatch.setattr(service_module, "BATCH_BYTES", 1)
    board.submit("ab", job_of(video, "nothing"))
    board.set_wish("ab", Wish.CANCEL)
    batches = [_ask(board, AskEvents("ab", after, 0.0), EventBatch) for after in range(3)]
    assert [(len(batch.events), batch.ended) for batch in batches] == [(1, False), (1, True), (0, True)]


def test_the_greeting_says_the_version(board):
    assert _ask(board, Hello(Version(99, "of tomorrow")), Welcome) == Welcome(Version.own(), board.engine_id)


@pytest.mark.parametrize("payload", [b"", b"junk", msgspec.msgpack.encode({"type": "no such"}), b"\x80"])
def test_what_is_no_message_is_refused_as_such(board, payload):
    with pytest.raises(EngineError, match="cannot read"):
        decode_answer(run(Service(board).handle(payload)), Noted)


@pytest.mark.parametrize("payload", [None, b"", b"junk", msgspec.msgpack.encode([1])])
def test_what_is_no_answer_is_no_engine(payload):
    with pytest.raises(EngineUnavailableError, match="no engine of this program"):
        decode_answer(payload, Noted)


def _begin(job_id: str, attempt_key: str) -> Begin:
    return Begin(job_id=job_id, attempt_key=attempt_key, worker="tls://worker", version=Version.own())


def _events(board, job_id):
    return [decode_event(record) for record in board.record(job_id).journal.read(0, 10**6)]


def _ask(board, request, answer_type):
    return decode_answer(run(Service(board).handle(encode(request))), answer_type)


def _full(*_):
    raise OSError(28, "No space left on device")

"""The engine as its clients use it, over TLS, with a worker process of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mfvis_engine.jobs.board import file_service, service
from mfvis_engine.jobs.client import link
from mfvis_engine.jobs.client.engine import CALLBACK_THREAD, Engine
from mfvis_engine.jobs.errors import (
    ClipError,
    EngineUnavailableError,
    EngineVersionError,
    JobCancelledError,
    JobFailedError,
    UnknownBlobError,
    UnknownJobError,
)
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
    Started,
)
from mfvis_engine.jobs.files.clips import locate_clip
from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials, make_certificates
from mfvis_engine.jobs.wire.messages import Version
from mfvis_engine.jobs.wire.pieces import PIECE_BYTES
from tests.jobs.carriers import masks
from tests.jobs.making import CARRIER, job_of


@pytest.fixture(scope="module")
def engine():
    with Engine.start(carrier=CARRIER) as engine:
        yield engine


@pytest.fixture
def second(engine):
    with Engine.connect(engine.address, engine.credentials) as second:
        yield second


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "walk.mp4"
    path.write_bytes(str(path).encode())
    return path


def test_a_job_tells_what_happens_until_it_has_finished(engine, video):
    job = engine.submit(job_of(video, "frames:3"))
    queued, started, *frames, finished = job.events()
    assert (queued, finished) == (Queued(), Finished())
    assert isinstance(started, Started)
    assert started.settings == str(video)
    assert frames == [FrameDone(masks(number)) for number in range(3)]
    assert job.state() is JobState.FINISHED
    assert job.info().frame_count == 3
    job.wait()
    assert list(job.events(after=4)) == [frames[-1], finished]
    assert list(job.events(after=99)) == []


def test_callbacks_come_on_one_thread_that_is_not_the_callers(engine, video):
    names: set[str] = set()
    jobs = [engine.submit(job_of(video, "frames:2")) for _ in range(3)]
    done = [threading.Event() for _ in jobs]
    heard = [[] for _ in jobs]

    def hear(number, event):
        names.add(threading.current_thread().name)
        heard[number].append(event)
        if event == Finished():
            done[number].set()
        if isinstance(event, Started):
            raise TypeError("of a callback: logged, and the next is called")

    for number, job in enumerate(jobs):
        job.on_event(lambda event, number=number: hear(number, event))
    assert all(event.wait(60) for event in done)
    assert [len(events) for events in heard] == [5, 5, 5]
    assert names == {f"{CALLBACK_THREAD}_0"}


def test_a_closed_subscription_is_called_no_more(engine, video):
    job = engine.submit(job_of(video, "wait"))
    heard = []
    subscribed = threading.Event()
    first = threading.Event()

    def hear(event):
        assert subscribed.wait(60)
        heard.append(event)
        subscription.close()
        first.set()

    subscription = job.on_event(hear)
    subscribed.set()
    assert first.wait(60)
    job.cancel()
    list(job.events())
    assert heard == [Queued()]


def test_paused_resumed_focused_and_cancelled(engine, video):
    job = engine.submit(job_of(video, "wait", focus_frame=5))
    events = job.events()
    assert _next(events, Progress).step == 5
    job.pause()
    _next(events, Paused)
    assert job.state() is JobState.PAUSED
    job.focus(7)
    job.resume()
    _next(events, Resumed)
    assert _next(events, Progress).step == 7
    job.cancel()
    assert job.state() is JobState.CANCELLED
    *_, last = events
    assert last == Cancelled()
    with pytest.raises(JobCancelledError):
        job.wait()
    engine.submit(job_of(video, "nothing")).wait()


def test_a_job_that_waits_is_cancelled_without_having_begun(engine, video):
    running = engine.submit(job_of(video, "wait"))
    waiting = engine.submit(job_of(video, "frames:1"))
    waiting.cancel()
    assert list(waiting.events()) == [Queued(), Cancelled()]
    running.cancel()


def test_a_failure_has_its_reason_and_the_next_job_runs(engine, video):
    job = engine.submit(job_of(video, "fail:person"))
    with pytest.raises(JobFailedError, match=r"^The film is torn: mend it$"):
        job.wait()
    assert list(job.events())[-1] == Failed("The film is torn: mend it")
    engine.submit(job_of(video, "nothing")).wait()


def test_a_second_client_sees_and_steers_a_running_job(engine, second, video):
    mine = engine.submit(job_of(video, "wait"))
    _next(mine.events(), Progress)
    (info,) = [info for info in second.jobs() if not info.state.ended]
    assert (info.job_id, info.video, info.state) == (mine.id, str(video), JobState.RUNNING)
    theirs = second.job(mine.id)
    events = theirs.events()
    assert next(events) == Queued()
    _next(events, Progress)
    theirs.cancel()
    with pytest.raises(JobCancelledError):
        mine.wait()


def test_a_job_goes_on_when_its_client_goes_and_is_there_when_it_comes_back(engine, video):
    with Engine.connect(engine.address, engine.credentials) as client:
        job_id = client.submit(job_of(video, "wait")).id
    with Engine.connect(engine.address, engine.credentials) as client:
        job = client.job(job_id)
        _next(job.events(), Progress)
        job.cancel()


def test_a_job_handed_in_twice_under_one_id_is_one(engine, video):
    job_id = "0123456789abcdef"
    for _ in range(2):
        engine.submit(job_of(video, "frames:1"), job_id=job_id).wait()
    assert [info.job_id for info in engine.jobs()].count(job_id) == 1
    assert len(list(engine.job(job_id).events())) == 4


def test_many_threads_may_use_one_engine(engine, video):
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda _: engine.submit(job_of(video, "frames:1")), range(8)))
        list(pool.map(lambda job: job.wait(), jobs))
    assert len({job.id for job in jobs}) == 8


def test_learned_weights_are_handed_out_and_started_from(engine, video, tmp_path):
    job = engine.submit(job_of(video, "learn:x"))
    learned = _next(job.events(), Learned)
    job.wait()
    job.read_blob(learned.blob, tmp_path / "weights")
    assert (tmp_path / "weights").read_bytes() == b"x" * 3_000_000
    engine.submit(job_of(video, "nothing", blob=learned.blob)).wait()
    with pytest.raises(UnknownBlobError):
        job.read_blob("abc", tmp_path / "other")
    with pytest.raises(UnknownBlobError):
        engine.submit(job_of(video, "nothing", blob="abc"))


def test_a_video_the_engine_does_not_see_is_sent_once(engine, tmp_path, monkeypatch):
    video = tmp_path / "walk.mp4"
    video.write_bytes(bytes(range(256)) * (PIECE_BYTES // 256) + b"the end")
    monkeypatch.setattr(file_service, "locate_clip", _kept_only)
    told: list[tuple[int, int]] = []
    job = job_of(video, "nothing")
    engine.submit(job, on_sent=lambda sent, total: told.append((sent, total))).wait()
    assert told == [(PIECE_BYTES, PIECE_BYTES + 7), (PIECE_BYTES + 7, PIECE_BYTES + 7)]
    told.clear()
    video.rename(tmp_path / "moved.mp4")
    again = engine.submit(job, on_sent=lambda sent, total: told.append((sent, total)))
    started = _next(again.events(), Started)
    again.wait()
    assert told == []
    assert Path(started.settings).name == "walk.mp4"


def test_an_upload_can_be_given_up(engine, video, monkeypatch):
    monkeypatch.setattr(file_service, "locate_clip", _kept_only)

    def stop(sent, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.submit(job_of(video, "nothing"), on_sent=stop)
    engine.submit(job_of(video, "nothing")).wait()


def test_a_video_that_is_nowhere_is_named(engine, video):
    job = job_of(video, "nothing")
    video.unlink()
    with pytest.raises(ClipError, match="mfvis relink"):
        engine.submit(job)


def test_unknown_jobs_are_named(engine):
    with pytest.raises(UnknownJobError, match="no job abc"):
        engine.job("abc")


def test_another_version_is_named_on_both_sides(engine, monkeypatch):
    class Other:
        @staticmethod
        def own():
            return Version(99, "9.9.9")

    monkeypatch.setattr(service, "Version", Other)
    with pytest.raises(EngineVersionError) as refusal:
        Engine.connect(engine.address, engine.credentials)
    assert "9.9.9 (protocol 99)" in str(refusal.value)
    assert str(Version.own()) in str(refusal.value)


def test_certificates_of_another_authority_are_refused(engine, tmp_path):
    make_certificates(tmp_path)
    with pytest.raises(EngineUnavailableError, match="certificates of"):
        Engine.connect(engine.address, Credentials.read(tmp_path, CLIENT), connect_s=1.0)


def test_nobody_answers_is_said(engine):
    with pytest.raises(EngineUnavailableError, match=r"127\.0\.0\.1:9"):
        Engine.connect("tls://127.0.0.1:9", engine.credentials, connect_s=0.5)


def test_an_address_that_is_none_is_said(engine):
    with pytest.raises(EngineUnavailableError, match="address"):
        Engine.connect("nonsense://", engine.credentials, connect_s=0.5)


def test_a_broken_connection_is_made_anew(engine, second, video):
    job = second.submit(job_of(video, "wait"))
    events = job.events()
    first = _next(events, Progress)
    heard = threading.Event()
    second.job(job.id).on_event(lambda event: heard.set() if event == Cancelled() else None)
    _break_connections(second)
    assert _next(events, Progress) is not first
    job.cancel()
    *_, last = events
    assert last == Cancelled()
    assert heard.wait(60)


def test_a_connection_lost_for_good_is_said(engine, second, video, monkeypatch):
    monkeypatch.setattr(link, "PATIENCE_S", 0.3)
    job = second.submit(job_of(video, "nothing"))
    job.wait()

    async def broken(payload, connect_s):
        raise ConnectionResetError("the cable is cut")

    monkeypatch.setattr(second._link._dial, "call", broken)
    lost = []
    told = threading.Event()
    job.on_event(lambda event: None, on_lost=lambda error: (lost.append(error), told.set()))
    with pytest.raises(EngineUnavailableError, match="the cable is cut"):
        job.state()
    assert told.wait(120)
    assert isinstance(lost[0], EngineUnavailableError)


def test_closing_ends_questions_that_wait(engine, video):
    client = Engine.connect(engine.address, engine.credentials)
    job = client.submit(job_of(video, "wait"))
    events = job.events()
    _next(events, Progress)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(job.wait)
        client.close()
        assert isinstance(waiting.exception(timeout=60), EngineUnavailableError)
    client.close()
    engine.job(job.id).cancel()


def _next(events, kind):
    return next(event for event in events if isinstance(event, kind))


def _kept_only(clip, shelf):
    """As where the engine does not see the person's disk."""
    return locate_clip(_elsewhere(clip), shelf)


def _elsewhere(clip):
    return type(clip)(
        path="/elsewhere", fingerprint=clip.fingerprint, length=clip.length, height=clip.height, width=clip.width
    )


def _break_connections(client):
    pool = client._link._dial._pool

    async def abort():
        for comms in (*pool.available.values(), *pool.occupied.values()):
            for comm in list(comms):
                comm.abort()

    client._loop.run(abort)


def test_the_engine_says_how_many_jobs_it_carries_out_at_once(engine, video):
    engine.submit(job_of(video, "nothing")).wait()
    assert engine.worker_count() == 1

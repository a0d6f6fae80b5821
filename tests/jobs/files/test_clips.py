"""Clips on their way: sent once, whole, under their names, and recognised by their content wherever they lie."""

from pathlib import Path

import msgspec
import pytest

from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.board.service import Service
from mfvis_engine.jobs.errors import ClipError, EngineError, UnknownBlobError
from mfvis_engine.jobs.files.clips import clip_key, finish_clip, locate_clip, video_files
from mfvis_engine.jobs.files.shelf import Shelf, ShelfKind
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.codec import Answer, decode_answer, encode
from mfvis_engine.jobs.wire.messages import (
    Entry,
    FindClip,
    FinishClip,
    Noted,
    Piece,
    ReadClip,
    Request,
    Submit,
    Submitted,
    WriteEntry,
)
from mfvis_engine.jobs.wire.pieces import pack
from mfvis_engine.jobs.wire.transfer import download_blob, fetch_blob, fetch_clip, upload_blob, upload_clip
from mfvis_engine.project.fingerprint import Fingerprint
from tests.jobs.making import clip_of, job_of, run


class Desk:
    """Asks a service without any network, and counts what goes over."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.sent: list[Request] = []

    def ask(self, request: Request, answer_type: type[Answer]) -> Answer:
        self.sent.append(request)
        return decode_answer(run(self._service.handle(encode(request))), answer_type)


@pytest.fixture
def board(tmp_path):
    (tmp_path / "board").mkdir()
    return Board(tmp_path / "board")


@pytest.fixture
def asker(board):
    return Desk(Service(board))


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "worker", 2**30)


@pytest.fixture(params=["file", "pictures", "zarr"])
def video(request, tmp_path):
    (tmp_path / "person").mkdir()
    path = tmp_path / "person" / "walk one.mp4"
    if request.param == "file":
        path.write_bytes(bytes(range(256)) * 20_000)
    elif request.param == "pictures":
        path.mkdir()
        for number in range(3):
            (path / f"{number:05}.png").write_bytes(bytes([number]) * 1000)
        (path / "notes.txt").write_text("not of the video", encoding="utf-8")
    else:
        (path / "c" / "0").mkdir(parents=True)
        (path / "zarr.json").write_text("{}", encoding="utf-8")
        (path / "c" / "0" / "0").write_bytes(b"chunk")
        (path / "c" / "0" / "1").write_bytes(b"")
    return path


def test_a_video_that_the_engine_sees_is_read_where_it_is(board, asker, video):
    clip = clip_of(video)
    assert asker.ask(Submit("ab", job_of(video, "nothing")), Submitted).taken
    assert locate_clip(clip, board.shelves[ShelfKind.CLIPS]) == video


def test_a_video_is_sent_once_for_all_jobs_and_kept_under_its_names(board, asker, video):
    job = _unseen(job_of(video, "nothing"))
    clip = job.clip
    assert not asker.ask(Submit("ab", job), Submitted).taken
    told: list[tuple[int, int]] = []
    _upload(asker, clip, video, lambda sent, total: told.append((sent, total)))
    assert asker.ask(Submit("ab", job), Submitted).taken
    assert asker.ask(Submit("cd", job), Submitted).taken
    kept = locate_clip(clip, board.shelves[ShelfKind.CLIPS])
    assert kept is not None
    assert kept.name == video.name
    assert _content(kept) == _content(video)
    assert told[-1] == (clip.fingerprint.size_bytes, clip.fingerprint.size_bytes)


def test_a_worker_on_another_machine_fetches_it_once(asker, shelf, video):
    clip = _unseen(job_of(video, "nothing")).clip
    _upload(asker, clip, video)
    fetched = fetch_clip(asker, clip, shelf)
    assert _content(fetched) == _content(video)
    asker.sent.clear()
    assert fetch_clip(asker, clip, shelf) == fetched
    assert asker.sent == []


def test_a_video_the_engine_does_not_have_cannot_be_fetched(asker, shelf, video):
    with pytest.raises(ClipError, match="does not have the video"):
        fetch_clip(asker, _unseen(job_of(video, "nothing")).clip, shelf)


def test_a_video_that_changed_is_not_sent(asker, video):
    clip = clip_of(video)
    file = next(iter(video_files(video).values()))
    file.write_bytes(b"another film")
    with pytest.raises(ClipError, match="mfvis relink"):
        upload_clip(asker, clip)
    assert asker.sent == []


def test_a_video_that_arrives_damaged_is_removed(asker, board, video):
    clip = _unseen(job_of(video, "nothing")).clip
    for name in video_files(video):
        asker.ask(WriteEntry(ShelfKind.CLIPS, clip_key(clip), name, 0, pack(b"other")), Noted)
    with pytest.raises(ClipError, match="arrived damaged"):
        asker.ask(FinishClip(clip), Noted)
    with pytest.raises(ClipError, match="arrived damaged"):
        asker.ask(FinishClip(clip), Noted)
    assert asker.ask(FindClip(clip), Entry).files is None


@pytest.mark.parametrize("name", ["../secret", "secret", "/etc/passwd", "walk one.mp4/../../secret"])
def test_nothing_but_the_clip_can_be_read(asker, tmp_path, name):
    (tmp_path / "secret").write_bytes(b"secret")
    video = tmp_path / "walk one.mp4"
    video.write_bytes(b"film")
    with pytest.raises(EngineError):
        asker.ask(ReadClip(clip_of(video), name, 0), Piece)


def test_a_job_whose_fingerprint_is_none_is_refused(asker, video):
    job = job_of(video, "nothing")
    forged = Fingerprint(1, "../../x")
    job = msgspec.structs.replace(job, clip=msgspec.structs.replace(job.clip, fingerprint=forged))
    with pytest.raises(EngineError, match="is no key"):
        asker.ask(Submit("ab", job), Submitted)


def test_two_uploads_of_one_video_at_once_are_one(board, video):
    clip = _unseen(job_of(video, "nothing")).clip
    shelf = board.shelves[ShelfKind.CLIPS]
    for name, path in video_files(video).items():
        for _ in range(2):
            shelf.write(clip_key(clip), name, 0, path.read_bytes())
    assert finish_clip(clip, shelf, set()) == finish_clip(clip, shelf, set())


def test_blobs_go_both_ways(asker, shelf, tmp_path):
    weights = tmp_path / "weights"
    weights.write_bytes(bytes(range(256)) * 40_000)
    sha256 = upload_blob(asker, weights)
    asker.sent.clear()
    assert upload_blob(asker, weights) == sha256
    assert len(asker.sent) == 1
    assert fetch_blob(asker, sha256, shelf).read_bytes() == weights.read_bytes()
    download_blob(asker, sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == weights.read_bytes()


def test_an_unknown_blob_is_named(asker, shelf, tmp_path):
    with pytest.raises(UnknownBlobError, match="abc123"):
        fetch_blob(asker, "abc123", shelf)
    with pytest.raises(UnknownBlobError, match="abc123"):
        download_blob(asker, "abc123", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_clip_larger_than_the_engine_keeps_is_refused(tmp_path, video):
    (tmp_path / "small").mkdir()
    asker = Desk(Service(Board(tmp_path / "small", Limits(clip_bytes=3))))
    with pytest.raises(EngineError, match="more than 3 bytes"):
        _upload(asker, _unseen(job_of(video, "nothing")).clip, video)


def _unseen(job):
    """The job of a person whose disk the engine does not see."""
    return msgspec.structs.replace(job, clip=msgspec.structs.replace(job.clip, path="/elsewhere/walk one.mp4"))


def _upload(asker, clip, video, on_sent=None):
    """As on the person's machine, where the video is."""

    class Translator:
        def ask(self, request, answer_type):
            return asker.ask(_with_clip(request, clip), answer_type)

    upload_clip(Translator(), msgspec.structs.replace(clip, path=str(video)), on_sent)


def _with_clip(request, clip):
    return msgspec.structs.replace(request, clip=clip) if isinstance(request, FinishClip) else request


def _content(video: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in video_files(video).items()}

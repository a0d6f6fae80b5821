"""What clients and workers ask the board, and its answers: plain values, sent as msgpack."""

from importlib.metadata import version
from typing import TypeAlias

import msgspec

from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineVersionError
from mfvis_engine.jobs.events import Cancelled, Event, Failed, Finished, JobState
from mfvis_engine.jobs.files.shelf import ShelfKind
from mfvis_engine.jobs.job import AnyJob

PROTOCOL = 4
"""Rises whenever a message changes."""


class Version(msgspec.Struct, frozen=True):
    """What both sides must agree on."""

    protocol: int
    program: str

    @classmethod
    def own(cls) -> "Version":
        """Of this installation."""
        return cls(PROTOCOL, version("mfvis-napari"))

    def __str__(self) -> str:
        return f"{self.program} (protocol {self.protocol})"


class JobInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A job in short.

    Attributes:
        job_id: As its client made it.
        kind: As `job.kind_of`.
        video: Path of its video on the machine of its client; of several the first.
        state: Where it stands.
        attempt: From 1; 0 while no worker has begun.
        event_count: Events so far.
        frame_count: Frames whose final masks are there.
        submitted: Seconds since 1970.
        ending: How it ended, where it has.
    """

    job_id: str
    kind: str
    video: str
    state: JobState
    attempt: int
    event_count: int
    frame_count: int
    submitted: float
    ending: Event | None = None


class StoredFile(msgspec.Struct, frozen=True):
    """A file of a clip or blob: its name there as a posix path, and its size."""

    name: str
    size_bytes: int


class Piece(msgspec.Struct, frozen=True):
    """Some bytes of a file: their size, and as they are sent, compressed with zstd where `packed`."""

    sent: bytes
    size_bytes: int
    packed: bool


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Answered by `Welcome`; this message and its answer never change."""

    version: Version


class Submit(msgspec.Struct, frozen=True, tag="submit"):
    """Answered by `Submitted`. The same job may be submitted again; it is one job."""

    job_id: str
    job: AnyJob


class ListJobs(msgspec.Struct, frozen=True, tag="list_jobs"):
    """Answered by `JobList`."""


class AskJob(msgspec.Struct, frozen=True, tag="ask_job"):
    """Answered by `JobInfo`: at its end, but after `wait_s` seconds in any case."""

    job_id: str
    wait_s: float = 0.0


class AskEvents(msgspec.Struct, frozen=True, tag="ask_events"):
    """Answered by `EventBatch`, the events from number `after` on: when there is one, or after `wait_s` seconds."""

    job_id: str
    after: int
    wait_s: float


class SetWish(msgspec.Struct, frozen=True, tag="set_wish"):
    """Answered by `Noted`."""

    job_id: str
    wish: Wish


class SetFocus(msgspec.Struct, frozen=True, tag="set_focus"):
    """Answered by `Noted`."""

    job_id: str
    frame_index: int


class FindBlob(msgspec.Struct, frozen=True, tag="find_blob"):
    """Answered by `Entry`."""

    sha256: str


class FindClip(msgspec.Struct, frozen=True, tag="find_clip"):
    """Answered by `Entry`: the frames of a clip, where the engine keeps them or sees the video itself."""

    clip: ClipReference


class WriteEntry(msgspec.Struct, frozen=True, tag="write_entry"):
    """Answered by `Noted`. Pieces may come in any order, and again."""

    kind: ShelfKind
    key: str
    name: str
    offset: int
    piece: Piece


class FinishBlob(msgspec.Struct, frozen=True, tag="finish_blob"):
    """Answered by `Noted`: all is written."""

    sha256: str


class FinishClip(msgspec.Struct, frozen=True, tag="finish_clip"):
    """Answered by `Noted`: all is written."""

    clip: ClipReference


class ReadBlob(msgspec.Struct, frozen=True, tag="read_blob"):
    """Answered by `Piece`."""

    sha256: str
    offset: int


class ReadClip(msgspec.Struct, frozen=True, tag="read_clip"):
    """Answered by `Piece`."""

    clip: ClipReference
    name: str
    offset: int


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """A worker begins a job; answered by `Begun`.

    Attributes:
        job_id: The job.
        attempt_key: Made by the worker, so that a repeated question is one attempt.
        worker: Its address.
        version: Its version.
    """

    job_id: str
    attempt_key: str
    worker: str
    version: Version


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """A worker tells an event; answered by `Orders`.

    Attributes:
        job_id: The job.
        attempt: That tells it.
        number: Of the event in this attempt, from 0, so that a repeated one counts once.
        event: The event.
    """

    job_id: str
    attempt: int
    number: int
    event: Event


class AskOrders(msgspec.Struct, frozen=True, tag="ask_orders"):
    """Answered by `Orders`."""

    job_id: str
    attempt: int


class Conclude(msgspec.Struct, frozen=True, tag="conclude"):
    """A worker ends a job; answered by `Noted`."""

    job_id: str
    attempt: int
    ending: Finished | Failed | Cancelled


Request: TypeAlias = (
    Hello
    | Submit
    | ListJobs
    | AskJob
    | AskEvents
    | SetWish
    | SetFocus
    | FindBlob
    | FindClip
    | WriteEntry
    | FinishBlob
    | FinishClip
    | ReadBlob
    | ReadClip
    | Begin
    | Tell
    | AskOrders
    | Conclude
)


class Welcome(msgspec.Struct, frozen=True):
    """The engine's version, and an id that no other engine has."""

    version: Version
    engine_id: str

    def check_version(self, address: str) -> None:
        """Raises EngineVersionError where the engine at `address` is of another version than this program."""
        if self.version != Version.own():
            raise EngineVersionError(
                f"The engine at {address} is of version {self.version}, and this program of {Version.own()}. Install"
                " the same version on both machines."
            )


class Submitted(msgspec.Struct, frozen=True):
    """Whether the job is taken; if not, the clips that are missing must be uploaded first, each once."""

    taken: bool
    missing: tuple[ClipReference, ...] = ()


class JobList(msgspec.Struct, frozen=True):
    """All jobs the engine knows, oldest first, and how many workers it has at the moment."""

    jobs: tuple[JobInfo, ...]
    worker_count: int


class EventBatch(msgspec.Struct, frozen=True):
    """Events in their order, as they were told, and whether the last of them is the job's last."""

    events: tuple[msgspec.Raw, ...]
    ended: bool


class Noted(msgspec.Struct, frozen=True):
    """It is done."""


class Entry(msgspec.Struct, frozen=True):
    """The files of a clip or blob; None where the engine does not have it."""

    files: tuple[StoredFile, ...] | None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to carry a job out.

    Attributes:
        job: The job; None where it has ended, and there is nothing to do.
        attempt: From 1.
        engine_folder: Where the engine has its files, on its machine.
        engine_id: What the file `engine-id` in there says, if it is the same machine or disk.
        frames_done: Frames whose masks earlier attempts told.
    """

    job: AnyJob | None
    attempt: int = 0
    engine_folder: str = ""
    engine_id: str = ""
    frames_done: tuple[int, ...] = ()


class Orders(msgspec.Struct, frozen=True):
    """What is wanted of an attempt now, and whether it still is the one that counts."""

    wish: Wish
    focus_frame: int
    is_current: bool

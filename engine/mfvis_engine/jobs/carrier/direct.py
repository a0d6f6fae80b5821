"""Carrying a job out in this process, without any engine."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import UnknownBlobError
from mfvis_engine.jobs.events import Cancelled, Event, Failed, Finished
from mfvis_engine.jobs.files.blobs import sha256_of
from mfvis_engine.jobs.job import AnyJob


@dataclass
class DirectDesk:
    """A `Desk` in this process; a job is cancelled by KeyboardInterrupt alone.

    Attributes:
        folder: For the job's files; given again, the job goes on from there.
        on_event: Called with all that the job tells, in the thread that carries it out.
        blobs_folder: Where weights are kept and found.
        attempt: From 1.
        focus: The frame in view.
        done: Frames that an earlier attempt has told.
    """

    folder: Path
    on_event: Callable[[Event], None]
    blobs_folder: Path
    attempt: int = 1
    focus: int = 0
    done: Collection[int] = ()

    def tell(self, event: Event) -> None:
        """Passes an event on, at once."""
        self.on_event(event)

    def wish(self) -> Wish:
        """Always to run."""
        return Wish.RUN

    def focus_frame(self) -> int:
        """The frame in view."""
        return self.focus

    def frames_done(self) -> Collection[int]:
        """Frames that an earlier attempt has told."""
        return self.done

    def clip(self, clip: ClipReference) -> Path:
        """Where it was when the job was made."""
        return Path(clip.path)

    def keep_blob(self, path: Path) -> str:
        """Copies a file among the blobs; returns its SHA-256."""
        sha256 = sha256_of(path)
        self.blobs_folder.mkdir(parents=True, exist_ok=True)
        partial = self.blobs_folder / f"{sha256}.partial"
        shutil.copyfile(path, partial)
        partial.replace(self.blobs_folder / sha256)
        return sha256

    def blob(self, sha256: str) -> Path:
        """A kept file.

        Raises:
            UnknownBlobError: There is none.
        """
        path = self.blobs_folder / sha256
        if not path.is_file():
            raise UnknownBlobError(f"No file {sha256} is kept in {self.blobs_folder}. Train again from other weights.")
        return path


def carry_out_here(job: AnyJob, clip_path: Path, desk: DirectDesk) -> None:
    """Carries a job out and tells its end too; what went wrong is told and raised.

    Args:
        job: What to do.
        clip_path: Where the clip lies, of several the first.
        desk: Where to tell and ask.

    Raises:
        MfvisError: As `jobs.carrier.runner.carry_out`.
        KeyboardInterrupt: A person stopped it; frames that were told are whole.
    """
    from mfvis_engine.jobs.carrier.runner import carry_out  # loads torch

    try:
        carry_out(job, clip_path, desk)
    except KeyboardInterrupt:
        desk.tell(Cancelled())
        raise
    except MfvisError as error:
        desk.tell(Failed(str(error)))
        raise
    desk.tell(Finished())

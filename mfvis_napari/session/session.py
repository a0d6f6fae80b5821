"""A project that is open in a window: the one way to look at it and to change it."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from mfvis_engine.annotation import Annotations, Work
from mfvis_engine.annotation.verbs import Verb
from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Done, Project
from mfvis_engine.video import VideoSource
from mfvis_napari.session.categories import DEFAULT_CATEGORY, Categories
from mfvis_napari.session.frame_boxes import FrameBox, frame_boxes
from mfvis_napari.session.mask_table import MaskTable
from mfvis_napari.session.view import View
from mfvis_napari.session.work_record import WorkRecord

Flush = Callable[[], None]
Holder = Callable[[], frozenset[int]]


class Session:
    """An open project with its video and the person's place in it; for the thread that made it.

    Everything that shows the project listens to `changed`; everything that changes it calls `do`.

    Attributes:
        project: Open; for writing unless `read_only`.
        video: Its frames.
        view: The frame in view and the selected tracks.
        masks: Where the masks are from.
        categories: What to choose from for a track.
        work: Counts the person's time.
        changed: Emitted with what was done, undone or done again (`Done`), after everything here is up to date.
    """

    changed = Signal(Done)

    def __init__(self, project: Project, video: VideoSource, default_category: str = DEFAULT_CATEGORY) -> None:
        """Takes project and video over: `close` closes them. The first track is of the default category."""
        self.project = project
        self.video = video
        self.view = View(project.length)
        self.masks = MaskTable(project)
        self.categories = Categories(project.annotations, default_category)
        self.work = WorkRecord(self._keep_work)
        self._flushes: list[Flush] = []
        self._holders: list[Holder] = []

    @property
    def read_only(self) -> bool:
        """Whether changes are refused."""
        return self.project.read_only

    @property
    def annotations(self) -> Annotations:
        """The tracks as they stand."""
        return self.project.annotations()

    def boxes(self, frame_index: int) -> tuple[FrameBox, ...]:
        """The boxes of a frame."""
        return frame_boxes(self.annotations, frame_index)

    def box(self, track_id: int, frame_index: int) -> FrameBox | None:
        """The box of a track in a frame; None where it has none."""
        return next((box for box in self.boxes(frame_index) if box.track_id == track_id), None)

    def read_masks(self, frame_index: int) -> NDArray[np.uint16]:
        """(H, W) track ids as the project holds them; raises as `Project.read_masks`."""
        return self.project.read_masks(frame_index)

    def before_changes(self, flush: Flush) -> None:
        """Has `flush` called before every change and before the end, to hand in what was painted."""
        self._flushes.append(flush)

    def hold(self, holder: Holder) -> None:
        """Has `holder` asked which frames a person is painting in, so that no machine changes them meanwhile."""
        self._holders.append(holder)

    def held_frames(self) -> frozenset[int]:
        """Frames that no machine may change now."""
        return frozenset().union(*(holder() for holder in self._holders))

    def flush(self) -> None:
        """Hands in whatever a person has begun; raises as `do`."""
        for flush in self._flushes:
            flush()

    def do(self, verb: Verb) -> Done:
        """Does what a person wants; raises as `Project.do`."""
        self.flush()
        done = self.project.do(verb)
        if done.log_id is not None:
            self.work.close_piece(verb)
        self.tell(done)
        return done

    def accept(self, verb: Verb) -> Done:
        """Does what a machine proposes, which is no work of a person's; raises as `Project.do`."""
        done = self.project.do(verb)
        self.tell(done)
        return done

    def undo(self) -> Iterator[Done]:
        """Undoes the last change, piece by piece as it is iterated; see `Project.undo_steps`."""
        self.flush()
        return self._told(self.project.undo_steps())

    def redo(self) -> Iterator[Done]:
        """Does the first undone change again, piece by piece as it is iterated."""
        self.flush()
        return self._told(self.project.redo_steps())

    def tell(self, done: Done) -> None:
        """Says that something changed."""
        if done.log_id is None:
            return
        self.masks.update(done)
        self.view.select(self._still_selected())
        self.changed.emit(done)

    def close(self) -> None:
        """Hands in what was begun, and closes project and video; both are closed whatever is raised."""
        try:
            self.flush()
        finally:
            self.video.close()
            self.project.close()

    def _told(self, steps: Iterator[Done]) -> Iterator[Done]:
        for done in steps:
            self.tell(done)
            yield done

    def _still_selected(self) -> tuple[int, ...]:
        known = set(self.annotations.track_ids)
        return tuple(track_id for track_id in self.view.track_ids if track_id in known)

    def _keep_work(self, work: Work) -> None:
        with suppress(MfvisError):  # a full disk: the change itself is what counts
            self.project.record_work(work)

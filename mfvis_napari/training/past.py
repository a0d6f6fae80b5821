"""What earlier trainings of a project left. Only in the engine room."""

from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.project import Project


@dataclass(frozen=True)
class StoppedRun:
    """A training that was going on when the program ended.

    Attributes:
        run_id: Its run.
        frame_count: Frames it has made.
        length: Frames of the video.
        waiting_frames: Frames, from 0, it has made of which no mask was taken over.
    """

    run_id: str
    frame_count: int
    length: int
    waiting_frames: tuple[int, ...]


@dataclass(frozen=True)
class Past:
    """What earlier trainings left.

    Attributes:
        can_continue: Whether what one has learned can be started from.
        stopped: The last one, if the program ended before it had.
    """

    can_continue: bool = False
    stopped: StoppedRun | None = None


def past_of(path: Path) -> Past:
    """That of the project at `path`; raises as `Project.open`."""
    from mfvis_engine.actions.resumption import KeptWeights, newest_run
    from mfvis_engine.project import RunStatus
    from mfvis_napari.training.planning import last_finished

    with Project.open(path, read_only=True) as project:
        finished, newest = last_finished(project), newest_run(project)
        can_continue = finished is not None and KeptWeights.of(project, finished) is not None
        is_stopped = newest is not None and newest.status is RunStatus.RUNNING
        return Past(can_continue, _stopped(project, newest.run_id) if newest is not None and is_stopped else None)


def _stopped(project: Project, run_id: str) -> StoppedRun:
    done = project.run(run_id).done()
    taken = {state.frame_index for state in project.mask_states() if state.run_id == run_id}
    waiting = tuple(frame_index for frame_index in done if frame_index not in taken)
    return StoppedRun(run_id, len(done), project.length, waiting)

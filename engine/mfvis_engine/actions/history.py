"""Undo and redo by the number, and the log as a file."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mfvis_engine.actions.output import check_free, write_json
from mfvis_engine.project import Done, LogEntry, Project


def undo_changes(project: Project, count: int) -> tuple[Done, ...]:
    """Undoes up to `count` changes, the last one first; raises as `Project.undo`."""
    return _repeated(project.undo_steps, count)


def redo_changes(project: Project, count: int) -> tuple[Done, ...]:
    """Does up to `count` undone changes again; raises as `Project.redo`."""
    return _repeated(project.redo_steps, count)


def write_log(project: Project, path: Path, entries: Iterable[LogEntry], *, overwrite: bool) -> None:
    """Writes entries of the log as a JSON list; raises as `check_free` and `write_json`."""
    check_free(path, project, overwrite=overwrite)
    content = [
        {
            "log_id": entry.log_id,
            "time": entry.time.isoformat(timespec="milliseconds"),
            "verb": entry.verb,
            "summary": entry.summary,
            "track_ids": entry.track_ids,
            "frame_count": entry.frame_count,
            "undone": entry.undone,
        }
        for entry in entries
    ]
    write_json(path, content)


def _repeated(change: Callable[[], Iterator[Done]], count: int) -> tuple[Done, ...]:
    """Each change as its last piece told it; fewer than `count` where there are no more."""
    changes: list[Done] = []
    while len(changes) < count and (last := deque(change(), maxlen=1)):
        changes.append(last[0])
    return tuple(changes)

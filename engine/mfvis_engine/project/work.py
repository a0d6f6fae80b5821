"""The rows of `work`: how long a person worked on what. Undo leaves them: the time was spent all the same."""

from datetime import UTC, datetime

from mfvis_engine.annotation import Work, WorkKind
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.log import row_crc
from mfvis_engine.project.rows import Row

WORK_COLUMNS = "began, kind, track_id, frame_index, active_seconds, crc"


def work_row(work: Work) -> Row:
    """A piece of work in the order of `WORK_COLUMNS`; `crc` is `row_crc` of the columns before it."""
    began = work.began.astimezone(UTC).isoformat(timespec="milliseconds")
    columns = (began, work.kind.value, work.track_id, work.frame_index, float(work.active_seconds))
    return *columns, row_crc(columns)


def work_of(row: Row) -> Work:
    """Reads what `work_row` wrote.

    Raises:
        ProjectDamagedError: It is not as it was written.
    """
    began, kind, track_id, frame_index, active_seconds, crc = row
    if row_crc(row[:-1]) != crc:
        raise ProjectDamagedError(
            f"A row of the table work ({kind} of track {track_id} in frame {frame_index}, {began}) is damaged; all else"
            " is usable. Restore annotations.sqlite from a backup to have the time that was spent."
        )
    return Work(datetime.fromisoformat(began), WorkKind(kind), track_id, frame_index, active_seconds)

"""Deleting runs that nobody needs."""

import shutil
import uuid
from pathlib import Path

from mfvis_engine.project.files import replace_durably, size_bytes
from mfvis_engine.project.runs import check_known


def remove_run(runs_folder: Path, run_id: str) -> int:
    """Deletes the folder of a run; it is gone at once, or there as it was.

    Whatever an earlier deletion left that was interrupted is deleted too.

    Returns:
        How many bytes were freed.

    Raises:
        UnknownRunError: There is none of this id.
        OSError: The system refuses.
    """
    check_known(runs_folder, run_id)
    folder = runs_folder / run_id
    doomed = runs_folder / f".{run_id}.{uuid.uuid4().hex[:8]}.removed"
    replace_durably(folder, doomed)
    leftovers = tuple(runs_folder.glob(".*.removed"))
    freed = sum(map(size_bytes, leftovers))
    for leftover in leftovers:
        shutil.rmtree(leftover)
    return freed

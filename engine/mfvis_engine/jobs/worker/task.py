"""What a worker process does: carries one job after another out, and tells the board how each ended."""

import gc
import importlib
import logging
import shutil
import signal
import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.desk import Desk
from mfvis_engine.jobs.errors import JobCancelledError
from mfvis_engine.jobs.events import Cancelled, Failed, Finished
from mfvis_engine.jobs.job import AnyJob, clips_of
from mfvis_engine.jobs.wire.messages import Begin, Begun, Conclude, Noted, Version
from mfvis_engine.jobs.worker.board_link import BoardLink
from mfvis_engine.jobs.worker.rooms import Rooms
from mfvis_engine.jobs.worker.side import WorkerSide
from mfvis_engine.jobs.worker.threads import fit_torch_threads
from mfvis_engine.jobs.worker.worker_desk import AttemptOverError, WorkerDesk

Carrier: TypeAlias = Callable[[AnyJob, Path, Desk], None]
"""As `carrier.runner.carry_out`."""

_logger = logging.getLogger(__name__)


def run_job(job_id: str, carrier: str) -> None:
    """The dask task: carries a job out, goes on with it where an earlier attempt stopped, or finds that it has ended.

    After a job that used a GPU the process ends, which is the one sure way to give its memory back.

    Args:
        job_id: On the board.
        carrier: What carries it out, as "module:function".
    """
    side = WorkerSide()
    link = BoardLink(side)
    begin = Begin(job_id=job_id, attempt_key=uuid.uuid4().hex, worker=side.address, version=Version.own())
    begun = link.ask(begin, Begun)
    rooms = Rooms(link, begun)
    wants_fresh_process = False
    if begun.job is not None:
        desk = WorkerDesk(link, rooms, job_id, begun)
        try:
            ending = _carry_out(begun.job, desk, carrier)
        except AttemptOverError:
            _logger.warning("Attempt %d of job %s is over", begun.attempt, job_id)
            return
        link.ask(Conclude(job_id, begun.attempt, ending), Noted)
        gc.collect()  # what the job had in cycles holds memory, and files open
        wants_fresh_process = desk.wants_fresh_process or _holds_gpu_memory()
    shutil.rmtree(rooms.work_folder(job_id), ignore_errors=True)
    if wants_fresh_process:
        side.end_process()


def warm_up(carrier: str) -> None:
    """Gets a new worker process ready; called on its main thread, once.

    It imports in the background what carries jobs out, so that the first one starts soon. Ctrl+C in a terminal reaches
    all processes there: only the client's shall heed it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=importlib.import_module, args=(carrier.partition(":")[0],), daemon=True).start()


def _carry_out(job: AnyJob, desk: WorkerDesk, carrier: str) -> Finished | Failed | Cancelled:
    try:
        carry_out = _imported(carrier)
        fit_torch_threads()
        carry_out(job, desk.clip(clips_of(job)[0]), desk)
    except AttemptOverError:
        raise
    except JobCancelledError:
        return Cancelled()
    except MfvisError as error:
        return Failed(str(error))
    except MemoryError as error:
        desk.wants_fresh_process = True
        return Failed(f"Memory is exhausted ({error}). Close other programs, or use a smaller video.")
    except OSError as error:
        return Failed(
            f"The worker cannot read or write its files ({error}). Make room on its disk, under {desk.folder}, and"
            " submit the job again; frames that are done are kept."
        )
    except Exception as error:
        _logger.exception("A job failed")
        return Failed(_words(error))
    return Finished()


def _imported(carrier: str) -> Carrier:
    module, _, function = carrier.partition(":")
    found: Carrier = getattr(importlib.import_module(module), function)
    return found


def _words(error: Exception) -> str:
    """A fault that nobody foresaw, for people who report it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}). This is a fault of the"
        " program; please report it."
    )


def _holds_gpu_memory() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())

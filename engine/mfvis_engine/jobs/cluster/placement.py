"""The workers of one machine: how many, and which GPU each sees."""

import os
import socket
from pathlib import Path

from mfvis_engine.jobs.cluster.gpus import gpu_environment
from mfvis_engine.jobs.cluster.kept_worker import KeptWorker
from mfvis_engine.jobs.wire.certificates import Credentials


def placed_workers(
    scheduler: str,
    host: str,
    credentials: Credentials,
    folder: Path,
    count: int | None,
    gpus: tuple[str, ...],
    *,
    gives_way: bool = False,
) -> list[KeptWorker]:
    """Workers that are not started yet; no others of the same scheduler have their names.

    Args:
        scheduler: Its address.
        host: To listen on, for the scheduler.
        credentials: Of the engine.
        folder: For their files; of this user alone.
        count: How many; None for one a GPU, and one without any.
        gpus: Of this machine, which they share.
        gives_way: As of `started_worker`.
    """
    place = f"{socket.gethostname()}-{os.getpid()}"
    return [
        KeptWorker(
            scheduler,
            f"{place}-{number}",
            host,
            credentials,
            folder,
            gpu_environment(gpus, number),
            gives_way=gives_way,
        )
        for number in range(max(1, len(gpus)) if count is None else count)
    ]

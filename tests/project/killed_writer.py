"""What the process does that is killed."""

import random
from multiprocessing.connection import Connection
from pathlib import Path

from mfvis_engine.project import Project

from .model import do_at_random


def work_until_killed(path: Path, seed: int, run_id: str, told: Connection) -> None:
    """Opens the project and does one thing after another; tells the number of things done after each."""
    project = Project.open(path)
    chance = random.Random(seed)
    done = 0
    while True:
        told.send(done)
        do_at_random(chance, project, run_id)
        done += 1

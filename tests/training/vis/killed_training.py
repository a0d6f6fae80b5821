"""A training to be killed, saved every second step: `python -m tests.training.vis.killed_training FOLDER`."""

import sys
import time
from pathlib import Path

from tests.training.vis.learning import changed, trainer


def wait_at_the_fifth(progress):
    if progress.step == 5:
        print("here, step 5", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    trainer(changed(save_every_steps=2), snapshot_folder=Path(sys.argv[1])).run(wait_at_the_fifth)

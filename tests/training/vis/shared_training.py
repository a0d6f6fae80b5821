"""One of several processes that train: `torchrun ... -m tests.training.vis.shared_training FOLDER PASSES EMPTY`.

EMPTY videos have no object. Each process leaves its weights in the folder, and says what it was told of each step.
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch

from mfvis_engine.cli.step_bar import stopping_between_steps
from mfvis_engine.training.vis.processes import joined_processes
from tests.training.vis.learning import changed, trainer, videos


def main(folder, passes, empty, steps):
    with joined_processes("cpu") as processes, stopping_between_steps() as steering:
        settings = changed(passes_per_step=passes, steps=steps)
        labelled = videos(empty=empty)
        saved = folder / "training"
        shared = trainer(settings, labelled=labelled, snapshot_folder=saved, processes=processes, steering=steering)
        told = []

        def tell(progress):
            told.append(progress.total)
            if progress.step == 3 and steps > 100:  # the first process alone is asked to stop
                os.kill(os.getpid(), signal.SIGINT)

        try:
            shared.run(tell)
        finally:
            told_by = {"told": told, "step": shared.step, "count": processes.count}
            (folder / f"{processes.rank}.json").write_text(json.dumps(told_by), encoding="utf-8")
            torch.save(shared.result.state_dict(), folder / f"{processes.rank}.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))

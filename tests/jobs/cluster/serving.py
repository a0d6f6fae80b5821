"""Engines served by processes of their own, and what carries out their jobs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil

from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.events import FrameDone, Warned
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials
from tests.jobs.carriers import obey

CARRIER = f"{__name__}:carry_out"


def carry_out(job, clip_path, desk):
    """Obeys a job that names a command; one of a person finds that all of each frame is its first track."""
    desk.tell(Warned(os.environ.get("CUDA_VISIBLE_DEVICES", "")))
    if job.device != "auto":
        obey(job, clip_path, desk)
        return
    labels = np.full((job.clip.height, job.clip.width), job.annotations.track_ids[0], np.uint16)
    ids = np.array(job.annotations.track_ids)
    for frame_index in range(job.clip.length):
        desk.tell(FrameDone(FrameProposals.of(frame_index, labels, ids, np.ones(len(ids), np.float32))))


_SERVER = """
import json, sys
from pathlib import Path
from mfvis_engine.jobs.cluster.server import ServerSettings, serve

def tell(server):
    print(json.dumps([server.address, str(server.certificates), server.worker_count]), flush=True)

carrier, host, workers, folders = sys.argv[1:]
named = {name: Path(path) for name, path in json.loads(folders).items()}
serve(ServerSettings(host=host, port=0, carrier=carrier, workers=json.loads(workers), **named), tell)
print("ended", flush=True)
"""


class Served:
    """A served engine: its process, its address and where the credentials of its clients are."""

    def __init__(self, host="127.0.0.1", gpus="", workers=None, **folders):
        named = json.dumps({name: str(path) for name, path in folders.items()})
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, CARRIER, host, json.dumps(workers), named],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": gpus},
        )
        self.address, certificates, self.worker_count = json.loads(self.process.stdout.readline())
        self.certificates = Path(certificates)
        self.port = int(self.address.rpartition(":")[2])

    def connected(self):
        return Engine.connect(self.address, Credentials.read(self.certificates, CLIENT))

    def tree(self):
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def ended(self, number):
        """Exit code, stdout and stderr after a signal."""
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=60)
        return self.process.returncode, out, errors

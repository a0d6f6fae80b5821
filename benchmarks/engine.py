"""What the background engine costs: its start, the first preview, and its training beside the same in this process.

    python -m benchmarks.engine [--steps 100] [--video FILE --boxes FILE] [--json FILE]

One job, on the sample clip or another: on a local engine that is warm, on one served by a process tree of its own with
certificates, and directly. Steps a second are those of training alone, from its second event to its last. While an
engine works, this process takes all events in as a window would, and a clock beside them looks how long it is held up.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mfvis_engine.formats import read_box_csv
from mfvis_engine.jobs.carrier.direct import DirectDesk, carry_out_here
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.events import Event, FrameDone, Preview, Progress, Stage
from mfvis_engine.jobs.job import PredictJob, SegmentJob, ShippedWeights, TrainingLimits
from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials
from mfvis_engine.sample import sample_clip
from mfvis_engine.video import open_video

_TICK_S = 0.005


@dataclass
class Stopwatch:
    """When a job told what, in seconds since it was handed in."""

    began: float = field(default_factory=time.monotonic)
    first_preview_s: float = float("nan")
    first_frame_s: float = float("nan")
    last_s: float = 0.0
    steps: list[tuple[float, int]] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Notes the time of an event, and makes label images of masks, as who shows them does."""
        now = time.monotonic() - self.began
        self.last_s = now
        match event:
            case Preview(masks=masks):
                masks.labels()
                self.first_preview_s = now if self.first_preview_s != self.first_preview_s else self.first_preview_s
            case FrameDone(masks=masks):
                masks.labels()
                self.first_frame_s = now if self.first_frame_s != self.first_frame_s else self.first_frame_s
            case Progress(stage=Stage.TRAINING, step=step):
                self.steps.append((now, step))

    @property
    def steps_per_second(self) -> float:
        """Of training."""
        (first_s, first), (last_s, last) = self.steps[1], self.steps[-1]
        return (last - first) / (last_s - first_s)


class Ticker:
    """A thread that wants to run every 5 ms, as a window's event loop does; a context manager.

    Attributes:
        longest_stall_s: By how much it was late at the worst.
    """

    def __init__(self) -> None:
        self.longest_stall_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick)

    def __enter__(self) -> Ticker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            time.sleep(_TICK_S)
            self.longest_stall_s = max(self.longest_stall_s, time.monotonic() - began - _TICK_S)


@dataclass(frozen=True)
class EngineFigures:
    """Of one engine.

    Attributes:
        start_s: Until it can be used; of one that is served: until it is connected to.
        first_preview_s: After the job was handed in, as all below; the engine is warm.
        first_frame_s: Until the final masks of the first frame.
        whole_job_s: Until its end.
        steps_per_second: Of training.
        client_cpu_share: Of one core, that this process used while the job ran.
        client_stall_ms: The longest that a thread of this process was held up beyond its 5 ms.
    """

    start_s: float
    first_preview_s: float
    first_frame_s: float
    whole_job_s: float
    steps_per_second: float
    client_cpu_share: float
    client_stall_ms: float


@dataclass(frozen=True)
class Figures:
    """All; the ratios are engine to direct."""

    local: EngineFigures
    served: EngineFigures
    direct_steps_per_second: float
    direct_whole_job_s: float
    local_steps_ratio: float
    served_steps_ratio: float


def job_of(steps: int, video_path: Path | None = None, boxes_path: Path | None = None) -> SegmentJob:
    """The job on a video; on the sample clip where none is named."""
    sample = sample_clip()
    video_path, boxes_path = video_path or sample.video_path, boxes_path or sample.boxes_path
    with open_video(video_path) as video:
        clip = ClipReference.of(video_path, video)
    return SegmentJob(clip=clip, annotations=read_box_csv(boxes_path), device="cpu", limits=TrainingLimits(steps=steps))


@contextlib.contextmanager
def served() -> Iterator[Engine]:
    """Connected to an engine served by another process tree, with certificates of its own."""
    with tempfile.TemporaryDirectory() as folder:
        certificates = Path(folder) / "certificates"
        mfvis = [sys.executable, "-m", "mfvis_engine.cli", "engine"]
        subprocess.run([*mfvis, "certificates", certificates], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen(
            [*mfvis, "serve", "--port", "0", "--certificates", certificates], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        address = next(word for word in server.stdout.readline().split() if word.startswith("tls://")).rstrip(",")
        try:
            with Engine.connect(address, Credentials.read(certificates, CLIENT)) as engine:
                yield engine
        finally:
            server.terminate()
            server.communicate(timeout=60)


def on_engine(job: SegmentJob, opened: Callable[[], contextlib.AbstractContextManager[Engine]]) -> EngineFigures:
    """The job on an engine, once it is warm."""
    began = time.monotonic()
    with opened() as engine:
        start_s = time.monotonic() - began
        warm = PredictJob(
            clip=job.clip, annotations=job.annotations, device="cpu", weights=ShippedWeights(), frames=(0,)
        )
        engine.submit(warm).wait()
        watch, cpu_s = Stopwatch(), time.process_time()
        with Ticker() as ticker:
            running = engine.submit(job)
            running.on_event(watch.take)
            running.wait()
        cpu_s = time.process_time() - cpu_s
    return EngineFigures(
        start_s=start_s,
        first_preview_s=watch.first_preview_s,
        first_frame_s=watch.first_frame_s,
        whole_job_s=watch.last_s,
        steps_per_second=watch.steps_per_second,
        client_cpu_share=cpu_s / watch.last_s,
        client_stall_ms=1e3 * ticker.longest_stall_s,
    )


def directly(job: SegmentJob) -> Stopwatch:
    """The job in this process, previews included."""
    with tempfile.TemporaryDirectory() as folder:
        watch = Stopwatch()
        carry_out_here(job, Path(job.clip.path), DirectDesk(Path(folder), watch.take, Path(folder) / "blobs"))
    return watch


def measure(job: SegmentJob) -> Figures:
    """All, one after the other."""
    local = on_engine(job, Engine.start)
    remote = on_engine(job, served)
    direct = directly(job)
    return Figures(
        local=local,
        served=remote,
        direct_steps_per_second=direct.steps_per_second,
        direct_whole_job_s=direct.last_s,
        local_steps_ratio=local.steps_per_second / direct.steps_per_second,
        served_steps_ratio=remote.steps_per_second / direct.steps_per_second,
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--video", type=Path, help="another clip than the sample's")
    parser.add_argument("--boxes", type=Path, help="its boxes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = dataclasses.asdict(measure(job_of(options.steps, options.video, options.boxes)))
    for name, value in figures.items():
        if isinstance(value, dict):
            print(name)
            for part, number in value.items():
                print(f"  {part:26}{number:8.2f}")
        else:
            print(f"{name:28}{value:8.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the background engine costs: its start, the first preview, and its training beside the same in this process.

    python -m benchmarks.engine [--steps 100] [--json FILE]

One job on the sample clip, first on a local engine that is warm, then directly. Steps a second are those of training
alone, from its second event to its last.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from mfvis_engine.formats import read_box_csv
from mfvis_engine.jobs.carrier.direct import DirectDesk, carry_out_here
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.events import Event, FrameDone, Preview, Progress, Stage
from mfvis_engine.jobs.job import PredictJob, SegmentJob, ShippedWeights, TrainingLimits
from mfvis_engine.sample import sample_clip
from mfvis_engine.video import open_video


@dataclass
class Stopwatch:
    """When a job told what, in seconds since it was handed in."""

    began: float = field(default_factory=time.monotonic)
    first_preview_s: float = float("nan")
    first_frame_s: float = float("nan")
    last_s: float = 0.0
    steps: list[tuple[float, int]] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Notes the time of an event."""
        now = time.monotonic() - self.began
        self.last_s = now
        match event:
            case Preview() if self.first_preview_s != self.first_preview_s:
                self.first_preview_s = now
            case FrameDone() if self.first_frame_s != self.first_frame_s:
                self.first_frame_s = now
            case Progress(stage=Stage.TRAINING, step=step):
                self.steps.append((now, step))

    @property
    def steps_per_second(self) -> float:
        """Of training."""
        (first_s, first), (last_s, last) = self.steps[1], self.steps[-1]
        return (last - first) / (last_s - first_s)


@dataclass(frozen=True)
class Figures:
    """Seconds, and steps a second; the ratio is engine to direct."""

    start_s: float
    first_preview_s: float
    first_frame_s: float
    whole_job_s: float
    engine_steps_per_second: float
    direct_steps_per_second: float
    direct_whole_job_s: float
    steps_ratio: float


def job_of(steps: int) -> SegmentJob:
    """The sample clip's job."""
    sample = sample_clip()
    with open_video(sample.video_path) as video:
        clip = ClipReference.of(sample.video_path, video)
    boxes = read_box_csv(sample.boxes_path)
    return SegmentJob(clip=clip, annotations=boxes, device="cpu", limits=TrainingLimits(steps=steps))


def on_engine(job: SegmentJob) -> tuple[float, Stopwatch]:
    """Seconds until an engine can be used, and the job on it once it is warm."""
    began = time.monotonic()
    with Engine.start() as engine:
        start_s = time.monotonic() - began
        warm = PredictJob(
            clip=job.clip, annotations=job.annotations, device="cpu", weights=ShippedWeights(), frames=(0,)
        )
        engine.submit(warm).wait()
        watch = Stopwatch()
        for event in engine.submit(job).events():
            watch.take(event)
    return start_s, watch


def directly(job: SegmentJob) -> Stopwatch:
    """The job in this process."""
    with tempfile.TemporaryDirectory() as folder:
        watch = Stopwatch()
        carry_out_here(job, Path(job.clip.path), DirectDesk(Path(folder), watch.take, Path(folder) / "blobs"))
    return watch


def measure(steps: int) -> Figures:
    """Both, one after the other."""
    job = job_of(steps)
    start_s, engine = on_engine(job)
    direct = directly(job)
    return Figures(
        start_s=start_s,
        first_preview_s=engine.first_preview_s,
        first_frame_s=engine.first_frame_s,
        whole_job_s=engine.last_s,
        engine_steps_per_second=engine.steps_per_second,
        direct_steps_per_second=direct.steps_per_second,
        direct_whole_job_s=direct.last_s,
        steps_ratio=engine.steps_per_second / direct.steps_per_second,
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = dataclasses.asdict(measure(options.steps))
    for name, value in figures.items():
        print(f"{name:26}{value:8.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The part of a job that trains."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from mfvis_engine.inference import Learned, learn_from_boxes
from mfvis_engine.jobs import events
from mfvis_engine.jobs.carrier.supervision import boxes_of, known_masks
from mfvis_engine.jobs.carrier.weights import keep_weights, load_refiner
from mfvis_engine.jobs.job import TrainJob
from mfvis_engine.models import CheckpointError

if TYPE_CHECKING:
    from mfvis_engine.jobs.carrier.bench import Bench
    from mfvis_engine.jobs.carrier.memory import Portions
    from mfvis_engine.jobs.job import SegmentJob
    from mfvis_engine.models.box_prompted import PromptedNet
    from mfvis_engine.training import FineTuneSettings, TrainingProgress

PIECES_A_FRAME = 8
"""About how often two rounds of better boxes, and then the tubes, heed at a frame."""
_TEACHER_PIECES = 12
"""Forward passes for three frames of 32 tubes: two passes, each also mirrored."""


class Learning:
    """Trains on the boxes and masks of a job."""

    def __init__(
        self, job: SegmentJob | TrainJob, start: PromptedNet, settings: FineTuneSettings, bench: Bench
    ) -> None:
        """Reads the job's boxes and masks.

        Raises:
            ClipError: A mask does not fit the clip.
            RleError: A mask is damaged.
            InvalidFrameError: A keyframe lies past the end of the clip.
        """
        self._start, self._settings, self._bench = start, settings, bench
        self._weights, self._wants_previews = job.start, job.previews
        self._masks = known_masks(job, job.masks)
        self._boxes = boxes_of(job, self._masks)
        self._seconds = 0.0
        self._frames_with_boxes = int(self._boxes.present.any(0).sum())
        predicted = 0 if isinstance(job, TrainJob) else job.clip.length if job.frames is None else len(job.frames)
        self._frames_after = self._frames_with_boxes + predicted

    def learned(self) -> Learned:
        """Tells a first preview, trains, and tells what came of it.

        Raises:
            NothingToLearnError: No track has a box.
            JobMemoryError: There is too little memory.
        """
        learned = self._bench.memory.within(self._learn)
        self._bench.desk.tell(self._event(learned))
        return learned

    def _learn(self, portions: Portions) -> Learned:
        bench, settings = self._bench, portions.settings(self._settings)
        steering = bench.steering(portions)
        bench.reporter.read(self._pieces(settings))
        self._first_preview(steering.steered(self._start.to(bench.device.torch_device)))

        def stepped(progress: TrainingProgress) -> None:
            self._tell_step(progress)
            if self._wants_previews:
                bench.previews.offer(steering.steered(progress.net), progress.boxes, progress.step)

        def learned() -> Learned:
            return learn_from_boxes(
                self._start,
                bench.video,
                self._boxes,
                settings,
                bench.device,
                stepped,
                bench.desk.folder / "training",
                masks=self._masks,
                steering=steering,
                refiner=load_refiner(self._weights),
            )

        try:
            return learned()
        except CheckpointError as error:  # boxes, masks and settings are the job's own, so the files are damaged
            bench.desk.tell(events.Warned(f"What was saved of the training is of no use, so it begins anew: {error}"))
            shutil.rmtree(bench.desk.folder / "training")
            return learned()

    def _first_preview(self, net: PromptedNet) -> None:
        if self._bench.desk.attempt == 1 and self._bench.previews.cost_s is None:
            self._bench.previews.show(net, self._boxes, step=0)

    def _pieces(self, settings: FineTuneSettings) -> int:
        """About how often is heeded before the first step: better boxes, tubes, their matches, the first teacher."""
        tubes = min(settings.most_tubes, int(self._boxes.present.sum()))
        return self._frames_with_boxes * PIECES_A_FRAME + tubes + _TEACHER_PIECES * (1 + tubes // 32)

    def _tell_step(self, progress: TrainingProgress) -> None:
        bench = self._bench
        self._seconds = progress.seconds
        then_s = None if bench.previews.cost_s is None else bench.previews.cost_s * self._frames_after
        bench.reporter.trained(progress, self._settings, then_s)

    def _event(self, learned: Learned) -> events.Learned:
        """What an earlier attempt told, or would have told."""
        path = self._bench.desk.folder / "learned_event.json"
        if learned.from_before and path.exists():
            return msgspec.json.decode(path.read_bytes(), type=events.Learned)
        blob = keep_weights(learned.net, self._bench.desk)
        event = events.Learned(steps=learned.steps, seconds=self._seconds, blob=blob)
        partial = path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(event))
        partial.replace(path)
        return event

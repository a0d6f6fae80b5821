"""The job that finds, tracks and segments the objects of a clip with a model for many videos."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mfvis_engine.annotation import interpolate
from mfvis_engine.errors import MfvisError
from mfvis_engine.inference.vis import MaskSpool, VisInferenceSettings, find_objects
from mfvis_engine.jobs.carrier.memory import told_in_words
from mfvis_engine.jobs.carrier.reporter import Reporter
from mfvis_engine.jobs.carrier.turnstile import Turnstile
from mfvis_engine.jobs.carrier.vis_models import load_model
from mfvis_engine.jobs.carrier.vis_training import JobSettingsError
from mfvis_engine.jobs.events import FrameDone, Started, TracksFound
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.models import Device
from mfvis_engine.training.steering import Steering

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.jobs.job import VisPredictJob

_LESS = "Look at less at once: a smaller short_side, fewer window_frames or frames_at_once."


def find_tracks(job: VisPredictJob, clip_path: Path, desk: Desk) -> None:
    """Finds the objects, and tells them and then the masks of each frame.

    What is found is known after the last frame. So an attempt after one that was lost begins anew, and tells all again.

    Raises:
        JobCancelledError: It was cancelled.
        JobMemoryError: There is too little memory.
        NothingFoundError: There is no object that is sure enough.
        MfvisError: What a person can mend: settings, a device, model or clip that is not there.
    """
    desk.folder.mkdir(parents=True, exist_ok=True)
    settings, device = inference_settings(job), Device.choose(job.device)
    described = msgspec.json.encode(settings).decode("utf-8")
    desk.tell(Started(attempt=desk.attempt, device=str(device), settings=described))
    turnstile = Turnstile(desk)
    reporter = Reporter(desk, turnstile.clock)
    model = load_model(job.model, desk).model.to(device.torch_device)
    known = interpolate(job.annotations, job.clip.length)
    with closing(job.clip.open(clip_path)) as video, MaskSpool(desk.folder) as spool, told_in_words(device, _LESS):
        reporter.predicted(0, job.clip.length)
        found = find_objects(
            model,
            video,
            known,
            settings,
            device,
            spool,
            min_score=job.min_score,
            steering=Steering(heed=turnstile.heed, clock=turnstile.clock),
            on_progress=reporter.predicted,
        )
        desk.tell(TracksFound(known_ids=found.known_ids, proposed=found.proposed))
        ids = found.track_ids
        for frame in found.frames(turnstile.heed):
            desk.tell(FrameDone(FrameProposals.of(frame.frame_index, frame.labels, ids, frame.scores)))


def inference_settings(job: VisPredictJob) -> VisInferenceSettings:
    """The settings of a job.

    Raises:
        JobSettingsError: They cannot be read or used.
    """
    try:
        return msgspec.json.decode(job.settings, type=VisInferenceSettings)
    except (msgspec.MsgspecError, MfvisError) as error:
        raise JobSettingsError(
            f"The settings of prediction cannot be used: {error}. Change them, or leave them out."
        ) from error

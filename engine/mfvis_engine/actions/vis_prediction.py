"""Pre-annotation: what a model for many videos finds in a project's video becomes a run of proposals."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec

from mfvis_engine.actions.vis_findings import PredictionReport, adopt_all, prediction_report
from mfvis_engine.actions.vis_model import LoadedVisModel
from mfvis_engine.inference.vis import Findings, MaskSpool, NothingFoundError, VisInferenceSettings, find_objects
from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
from mfvis_engine.jobs.events import Finished, FrameDone, Started, TracksFound
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.models.device import Device
from mfvis_engine.project import Project

__all__ = ["NothingFoundError", "PredictionReport", "adopt_all", "inference_settings", "predict_project"]


def inference_settings(loaded: LoadedVisModel, asked: VisInferenceSettings) -> VisInferenceSettings:
    """Settings with frames of the size that the model was trained on, where that is known."""
    if loaded.details is None:
        return asked
    return replace(asked, short_side=min(loaded.details.settings.clips.short_sides))


def predict_project(
    project: Project,
    loaded: LoadedVisModel,
    model_path: Path,
    settings: VisInferenceSettings,
    device: Device,
    *,
    min_score: float = 0.3,
    on_progress: Callable[[int, int], None] | None = None,
) -> PredictionReport:
    """Finds the objects of a project's video and writes them as a run; the project's tracks and masks stay.

    Objects that lie on annotated tracks become proposals for these, clipped to their boxes; others become proposals of
    new tracks, to be adopted or dismissed. Memory does not grow with the length of the video.

    Args:
        project: Open for writing.
        loaded: The model.
        model_path: Where it is from, for the record.
        settings: How the video is looked at.
        device: Where.
        min_score: Of a new track, at the least.
        on_progress: Told of frames looked at, and of all.

    Raises:
        NothingFoundError: There is no object that is sure enough.
        ProjectVideoError: The video is missing or another.
    """
    model, began = loaded.model.to(device.torch_device).eval(), time.monotonic()
    delivery = FindingsDelivery(project, {"model": str(model_path), "min_score": min_score})
    described = msgspec.json.encode(settings).decode("utf-8")
    delivery.tell(Started(attempt=1, device=str(device), settings=described))
    with closing(project.video()) as video, MaskSpool() as spool:
        found = find_objects(
            model, video, project.boxes(), settings, device, spool, min_score=min_score, on_progress=on_progress
        )
        seconds = time.monotonic() - began
        try:
            _deliver(found, delivery)
        except BaseException as error:
            delivery.fail(f"{type(error).__name__}: {error}")
            raise
    return prediction_report(project, delivery, seconds)


def _deliver(found: Findings, delivery: FindingsDelivery) -> None:
    delivery.tell(TracksFound(known_ids=found.known_ids, proposed=found.proposed))
    for frame in found.frames():
        delivery.tell(FrameDone(FrameProposals.of(frame.frame_index, frame.labels, found.track_ids, frame.scores)))
    delivery.tell(Finished())

"""The engine with the runner that it carries jobs out with by default."""

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.events import Finished, FrameDone, Started
from mfvis_engine.jobs.job import PredictJob, ShippedWeights
from mfvis_engine.video import open_npy


def test_masks_of_a_clip_come_frame_by_frame_from_the_one_in_view(tmp_path):
    path = tmp_path / "square.npy"
    frames = np.full((3, 48, 64, 3), 40, np.uint8)
    frames[:, 16:32, 20:44] = 220
    np.save(path, frames)
    track = Track(1, "square", (Keyframe(0, (18.0, 14.0, 46.0, 34.0)), Keyframe(2, (18.0, 14.0, 46.0, 34.0))))
    with open_npy(path) as video:
        clip = ClipReference.of(path, video)
    job = PredictJob(
        clip=clip, annotations=Annotations((track,)), device="cpu", focus_frame=2, weights=ShippedWeights()
    )
    with Engine.start() as engine:
        events = list(engine.submit(job).events())
    assert events[-1] == Finished()
    assert sum(isinstance(event, Started) for event in events) == 1
    done = [event.masks for event in events if isinstance(event, FrameDone)]
    assert [masks.frame_index for masks in done] == [2, 1, 0]
    assert all(masks.track_ids == (1,) for masks in done)
    labels = done[0].labels()
    assert labels.shape == (48, 64)
    assert labels[24, 32] == 1
    assert not labels[:14].any()

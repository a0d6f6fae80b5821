"""Random jobs and events for hypothesis."""

import numpy as np
from hypothesis import strategies as st

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.jobs import events
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.job import (
    BackboneWeights,
    LabelledClip,
    LearnedWeights,
    PredictJob,
    SegmentJob,
    ShippedWeights,
    TrainingLimits,
    TrainJob,
    VisPredictJob,
    VisTrainJob,
)
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.video_model import ModelSize, ReleasedModel, VideoModel
from mfvis_engine.project.fingerprint import Fingerprint
from mfvis_engine.video import Normalization
from tests.annotation.strategies import annotations

LENGTH = 12


@st.composite
def label_frames(draw):
    """A small label picture, the ids of its tracks (some may have no pixel), and their scores."""
    ids = draw(st.lists(st.integers(1, 65_535), max_size=4, unique=True).map(sorted))
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    pixels = draw(st.lists(st.sampled_from([0, *ids]), min_size=height * width, max_size=height * width))
    scores = draw(st.lists(st.floats(0, 1, width=32), min_size=len(ids), max_size=len(ids)))
    labels = np.asarray(pixels, np.uint16).reshape(height, width)
    return labels, np.asarray(ids, np.int64), np.asarray(scores, np.float32)


proposals = st.builds(lambda t, frame: FrameProposals.of(t, *frame), st.integers(0, 10**6), label_frames())

_counts, _parts = st.integers(0, 10**6), st.floats(0, 1)
_texts = st.text(max_size=20)
_frames = st.none() | st.lists(st.integers(0, LENGTH), max_size=4).map(tuple)
_weights = st.one_of(st.just(ShippedWeights()), st.builds(BackboneWeights, _texts), st.builds(LearnedWeights, _texts))
_limits = st.builds(TrainingLimits, st.none() | st.integers(1, 10**6), st.none() | st.floats(0.1, 1e6, allow_nan=False))
_normalizations = st.none() | st.builds(Normalization, st.just(0.0), st.floats(1, 1e4))
_clips = st.builds(
    ClipReference,
    path=_texts,
    fingerprint=st.builds(Fingerprint, _counts, _texts),
    length=_counts,
    height=_counts,
    width=_counts,
    normalization=_normalizations,
)
_common = {
    "clip": _clips,
    "annotations": annotations(LENGTH),
    "device": st.sampled_from(["auto", "cpu", "cuda"]),
    "focus_frame": st.integers(0, LENGTH),
}
_training = {"start": _weights, "limits": _limits, "masks": st.lists(proposals, max_size=2).map(tuple)}
_video_models = st.builds(VideoModel, _texts, _texts)
_released = st.builds(ReleasedModel, _texts, st.none() | st.lists(_texts, max_size=2).map(tuple))
_labelled = st.builds(
    LabelledClip,
    name=_texts,
    clip=_clips,
    categories=st.lists(_texts, max_size=2).map(tuple),
    boxes_xyxy=st.binary(max_size=32),
    annotated=st.binary(max_size=4),
    masks=st.lists(proposals, max_size=2).map(tuple),
)
jobs = st.one_of(
    st.builds(SegmentJob, **_common, **_training, frames=_frames),
    st.builds(TrainJob, **_common, **_training),
    st.builds(PredictJob, **_common, weights=_weights, frames=_frames),
    st.builds(
        VisTrainJob,
        videos=st.lists(_labelled, min_size=1, max_size=3).map(tuple),
        start=_video_models | _released | st.builds(ModelSize, _texts),
        settings=_texts,
        steps=st.none() | _counts,
    ),
    st.builds(
        VisPredictJob,
        clip=_clips,
        annotations=annotations(LENGTH),
        model=_video_models | _released,
        settings=_texts,
        min_score=_parts,
    ),
)

_keyframes = st.just((Keyframe(0, (1.0, 1.0, 3.0, 4.0)), Keyframe(5, (1.0, 1.0, 3.0, 4.0), outside=True)))
_losses = st.none() | st.builds(events.Losses, *[_parts] * 6)
any_event = st.one_of(
    st.just(events.Queued()),
    st.builds(events.Started, attempt=_counts, device=_texts, settings=_texts),
    st.builds(
        events.Progress,
        stage=st.sampled_from(events.Stage),
        fraction_done=_parts,
        step=_counts,
        losses=_losses,
        loss=st.none() | _parts,
        per_second=_parts,
        seconds_left=st.none() | _parts,
    ),
    st.builds(events.Preview, step=_counts, masks=proposals),
    st.builds(events.FrameDone, proposals),
    st.builds(events.Learned, steps=_counts, seconds=_parts, blob=_texts),
    st.builds(events.Warned, _texts),
    st.builds(events.ModelLearned, steps=_counts, seconds=_parts, model=_video_models, log=_texts, released=_texts),
    st.builds(
        events.TracksFound,
        known_ids=st.lists(_counts, max_size=3).map(tuple),
        proposed=st.lists(st.builds(ProposedTrack, st.integers(1, 65535), st.just("cat"), _parts, _keyframes)).map(
            tuple
        ),
    ),
    st.just(events.Paused()),
    st.just(events.Resumed()),
    st.just(events.Finished()),
    st.builds(events.Failed, _texts),
    st.just(events.Cancelled()),
)

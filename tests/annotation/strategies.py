"""Random annotations for hypothesis."""

from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, Track


def _keyframe(frame_index, x0, y0, width, height, outside, occluded):
    return Keyframe(frame_index, (x0, y0, x0 + width, y0 + height), outside=outside, occluded=occluded)


def keyframes(length):
    """Up to six keyframes of a video of `length` frames."""
    coordinate, size = st.floats(-50, 2000, width=32), st.floats(0.5, 500, width=32)
    frame = st.integers(0, length - 1)
    one = st.builds(_keyframe, frame, coordinate, coordinate, size, size, st.booleans(), st.booleans())
    return st.lists(one, max_size=6, unique_by=lambda keyframe: keyframe.frame_index).map(tuple)


def annotations(length):
    """Up to three tracks with any ids."""
    track = st.builds(Track, st.integers(1, 65_535), st.just("cell"), keyframes(length))
    return st.builds(Annotations, st.lists(track, max_size=3, unique_by=lambda track: track.track_id).map(tuple))

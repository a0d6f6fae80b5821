"""Annotations for tests by property: odd names, gaps, tracks of one frame, boxes over the border, other scripts."""

from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats.file_names import is_folder_name

ODD_NAMES = ["<b>&\"'", "a,b;c", "犬 🐕", "../../etc/passwd", "=1+1", "null", "é\u0301", "-1", "]]>", "\u202eabc"]

lines = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"), min_size=1
)
categories = st.sampled_from(ODD_NAMES) | lines.map(str.strip).filter(bool)
folder_names = categories.filter(is_folder_name)
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff")
)


def attributes(prefix):
    """Attributes whose names begin with a prefix."""
    names = texts.map(lambda text: prefix + text)
    return st.dictionaries(names, texts, max_size=2).map(lambda found: tuple(found.items()))


def boxes_xyxy(largest=1e4):
    start, side = st.floats(-largest, largest), st.floats(0.01, largest)
    return st.builds(lambda x, y, width, height: (x, y, x + width, y + height), start, start, side, side)


def keyframes(length):
    return st.builds(
        Keyframe,
        st.integers(0, length - 1),
        boxes_xyxy(),
        outside=st.booleans(),
        occluded=st.booleans(),
        origin=st.sampled_from(KeyframeOrigin),
        attributes=attributes("k"),
    )


TRACK_IDS = st.integers(1, 65_535)


def annotations(length, *, ids=TRACK_IDS):
    """Annotations of a video; none where it has no frame."""
    if not length:
        return st.just(Annotations())
    frames = st.lists(keyframes(length), min_size=1, max_size=4, unique_by=lambda keyframe: keyframe.frame_index)
    tracks = st.builds(Track, ids, categories, frames.map(tuple), attributes("t"))
    listed = st.lists(tracks, max_size=3, unique_by=lambda track: track.track_id)
    return listed.map(lambda found: Annotations(tuple(found)))

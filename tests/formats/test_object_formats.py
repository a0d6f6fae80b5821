"""BDD100K and CocoVID alike: whatever goes in comes back, and frames pass by without a trace in memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import (
    FormatError,
    json_stream,
    read_bdd100k_boxes,
    read_bdd100k_masks,
    read_coco_vid_boxes,
    read_coco_vid_masks,
    write_bdd100k,
    write_coco_vid,
)
from mfvis_engine.formats.coco_vis import CocoVisVideo
from tests.formats import strategies

FORMATS = {
    "bdd100k": (write_bdd100k, read_bdd100k_boxes, read_bdd100k_masks),
    "coco_vid": (write_coco_vid, read_coco_vid_boxes, read_coco_vid_masks),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=30)
@given(st.data(), st.integers(0, 8), strategies.folder_names)
def test_boxes_and_masks_read_back(tmp_path_factory, name, data, length, folder):
    write, read_boxes, read_masks = FORMATS[name]
    annotations = data.draw(strategies.annotations(length))
    video = CocoVisVideo(1, 5, 4, tuple(f"{folder}/{index}.png" for index in range(length)))
    ids = st.sampled_from((0, *annotations.track_ids))
    masks = np.array(data.draw(st.lists(ids, min_size=20 * length, max_size=20 * length)), np.uint16).reshape(-1, 4, 5)
    path = tmp_path_factory.getbasetemp() / "round_trip.json"

    write(path, annotations, video, masks)
    np.testing.assert_array_equal([*read_masks(path)], [*masks])

    write(path, annotations, video)
    read, expected = interpolate(read_boxes(path), length), interpolate(annotations, length)
    rows = [expected.track_ids.tolist().index(number) for number in read.track_ids.tolist()]
    np.testing.assert_array_equal(np.flatnonzero(expected.present.any(axis=1)), rows)
    np.testing.assert_allclose(read.boxes_xyxy, expected.boxes_xyxy[rows], atol=0.003)
    np.testing.assert_array_equal(read.occluded, expected.occluded[rows])


@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_frames(tmp_path, monkeypatch, name):
    write, _, read_masks = FORMATS[name]
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 2**14)
    annotations = Annotations(tuple(Track(n, "car", (Keyframe(0, (0, 0, 9, 9)),)) for n in range(1, 6)))
    video = CocoVisVideo.of_size(1, "a", width=64, height=64, length=150)
    labels = np.random.default_rng(0).integers(0, 6, (64, 64)).astype(np.uint16)  # 1.3 kB a mask
    tracemalloc.start()
    write(tmp_path / "a.json", annotations, video, (labels for _ in range(150)))
    count = sum(1 for _ in read_masks(tmp_path / "a.json"))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 150
    assert (tmp_path / "a.json").stat().st_size > 1e6
    assert peak_bytes < 6e5


@pytest.mark.parametrize("name", FORMATS)
def test_masks_of_another_size_are_refused_before_one_is_painted(tmp_path, name):
    write, _, read_masks = FORMATS[name]
    video = CocoVisVideo.of_size(1, "a", width=5, height=4, length=1)
    annotations = Annotations((Track(1, "car", (Keyframe(0, (0, 0, 2, 2)),)),))
    write(tmp_path / "a.json", annotations, video, [np.ones((4, 5), np.uint16)])
    assert next(read_masks(tmp_path / "a.json", shape=(1, 4, 5))).all()
    with pytest.raises(FormatError, match=r"a\.json has masks of 4 x 5 .* but the video is 4 x 6"):
        next(read_masks(tmp_path / "a.json", shape=(1, 4, 6)))

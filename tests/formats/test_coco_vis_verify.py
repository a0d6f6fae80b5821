import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, interpolate
from mfvis_engine.formats import FormatError, VerificationError, coco_vis
from mfvis_engine.formats.coco_vis.verify import verify_ground_truth


def test_what_was_written_passes(ground_truth, dataset):
    assert verify_ground_truth(ground_truth, dataset) == []


def test_a_file_without_tracks_passes(tmp_path):
    nothing = Annotations()
    empty = coco_vis.single_video_dataset(
        "empty", np.zeros((2, 4, 5), np.uint16), nothing, interpolate(nothing, 2), height=4, width=5
    )
    coco_vis.write_ground_truth(tmp_path / "a.json", empty)
    assert verify_ground_truth(tmp_path / "a.json", empty) == []
    assert coco_vis.read_ground_truth(tmp_path / "a.json") == empty


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset: dataclasses.replace(dataset, tracks=dataset.tracks[:1]),
        lambda dataset: dataclasses.replace(dataset, tracks=dataset.tracks[::-1]),
        lambda dataset: dataclasses.replace(dataset, tracks=(*dataset.tracks, dataset.tracks[0])),
        lambda dataset: dataclasses.replace(dataset, categories=dataset.categories[:1]),
        lambda dataset: dataclasses.replace(dataset, videos=(dataclasses.replace(dataset.videos[0], width=17),)),
    ],
    ids=["one more", "other order", "one less", "one category less", "other size"],
)
def test_another_dataset_is_told(ground_truth, dataset, change):
    with pytest.raises(VerificationError, match="did not read back as written"):
        verify_ground_truth(ground_truth, change(dataset))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_is_found(ground_truth, dataset, tmp_path, data):
    """Any byte changed, or the end cut off: it is told, unless the file means the same still."""
    content = bytearray(ground_truth.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.json"
    damaged.write_bytes(content)
    try:
        if verify_ground_truth(damaged, dataset):
            return
    except FormatError:
        return
    assert coco_vis.read_ground_truth(damaged) == dataset
    assert coco_vis.check_ground_truth(damaged) == []

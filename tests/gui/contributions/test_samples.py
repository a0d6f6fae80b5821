"""The sample clip as plain layers."""

import numpy as np
from napari.components import ViewerModel

from mfvis_engine.formats import read_davis
from mfvis_engine.sample import sample_clip
from mfvis_napari.contributions.samples import sample_layers


def test_boxes_lie_around_the_animals_of_their_frame():
    viewer = ViewerModel()
    for data, settings, kind in sample_layers():
        getattr(viewer, f"add_{kind}")(data, **settings)
    video, boxes = viewer.layers

    truth = next(read_davis(sample_clip().masks_dir))
    of_first = {
        int(track_id): box[:, 1:]
        for box, track_id in zip(boxes.data, boxes.features["track_id"], strict=True)
        if box[0, 0] == 0
    }
    assert video.data.shape[1:3] == truth.shape
    assert set(of_first) == set(np.unique(truth)) - {0}
    for track_id, corners_yx in of_first.items():
        rows, columns = np.nonzero(truth == track_id)
        tight_yx = [[rows.min(), columns.min()], [rows.max() + 1, columns.max() + 1]]
        np.testing.assert_allclose([corners_yx.min(axis=0), corners_yx.max(axis=0)], tight_yx, atol=4)

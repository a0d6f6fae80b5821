"""The environment can do what the window's tests rely on: a real viewer draws a labels layer over zarr."""

import numpy as np
import pytest
import zarr

LEFT, RIGHT = 7, 300  # the second needs more than 8 bits


def share_of(colour, picture):
    """The fraction of the pixels of `picture` (H, W, 4) uint8 that have `colour` (4,) of 0..1, within 2."""
    return np.all(np.abs(picture.astype(int) - np.rint(colour * 255).astype(int)) <= 2, axis=-1).mean()


@pytest.mark.gui
def test_a_viewer_shows_the_labels_of_a_zarr_array(fresh_viewer, tmp_path):
    masks = zarr.create_array(tmp_path / "masks.zarr", shape=(2, 60, 60), chunks=(1, 60, 60), dtype="uint16")
    masks[1, :, :20] = LEFT
    masks[1, :, 20:] = RIGHT
    viewer = fresh_viewer
    layer = viewer.add_labels(masks, opacity=1)
    viewer.dims.set_point(0, 1)
    viewer.reset_view(margin=0)

    picture = viewer.screenshot(canvas_only=True, flash=False)

    left, right = (share_of(layer.colormap.map(label), picture) for label in (LEFT, RIGHT))
    assert left > 0.1
    assert right == pytest.approx(2 * left, rel=0.1)

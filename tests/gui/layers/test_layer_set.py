"""The layers of a session together."""

import pytest

pytestmark = pytest.mark.gui


def test_the_frame_in_view_is_that_of_the_slider_and_the_other_way_round(annotator):
    view, dims = annotator.workspace.session.view, annotator.workspace.viewer.dims

    dims.set_current_step(0, 5)
    assert view.frame_index == 5
    view.frame_index = 7
    assert dims.current_step[0] == 7

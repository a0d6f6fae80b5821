import numpy as np
import pytest

from mfvis_engine.annotation import VERIFIED_BIT, MaskCode
from mfvis_engine.annotation.verbs import ClearMask, DeleteTrack, EditMask, Unverify, Verify
from mfvis_engine.project import Project
from mfvis_napari.session import MaskTable, mask_table
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, paint_truth


@pytest.fixture
def project(project_path):
    with Project.open(project_path) as opened:
        for frame_index in range(4):
            opened.do(EditMask(frame_index, 0, 0, paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)))
        yield opened


def test_codes_are_of_every_frame_and_cannot_be_written(project):
    codes = MaskTable(project).codes(1)
    assert codes.tolist() == [MaskCode.EDITED] * 4 + [MaskCode.NONE] * (LENGTH - 4)
    with pytest.raises(ValueError, match="read-only"):
        codes[0] = 1


def test_a_track_without_masks_has_codes_too(project):
    table = MaskTable(project)
    assert table.codes(9).tolist() == [MaskCode.NONE] * LENGTH
    assert table.track_ids == (1, 2)


@pytest.mark.parametrize("few_frames", [0, 64])  # all are read again, or those that changed
def test_after_every_change_it_is_what_a_new_one_would_be(project, monkeypatch, few_frames):
    monkeypatch.setattr(mask_table, "_FEW_FRAMES", few_frames)
    table = MaskTable(project)
    table.codes(1)
    for verb in (
        Verify((1, 2), 2, 6),
        ClearMask((1,), 0, 2),
        Unverify((2,), 5, 6),
        ClearMask((1,), 1, 1, hand_back=True),
        DeleteTrack(2),
    ):
        table.update(project.do(verb))
        for track_id in (1, 2):
            assert table.codes(track_id).tolist() == MaskTable(project).codes(track_id).tolist(), verb


def test_verified_is_a_bit_besides_the_origin(project):
    project.do(Verify((1,), 3, 4))
    assert MaskTable(project).codes(1)[3:5].tolist() == [MaskCode.EDITED | VERIFIED_BIT, VERIFIED_BIT]

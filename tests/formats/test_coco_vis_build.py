import dataclasses
import re

import numpy as np
import pytest
import zarr

from mfvis_engine.annotation import Annotations, interpolate
from mfvis_engine.formats import FormatError, coco_vis
from mfvis_engine.formats.coco_vis import CocoVisVideo, DenseBox, DenseBoxOrigin, categories_of


def test_ids_sizes_and_names(dataset):
    assert [(c.category_id, c.name) for c in dataset.categories] == [(1, "Zelle"), (2, "犬")]
    assert [(t.annotation_id, t.track_id, t.category_id) for t in dataset.tracks] == [(2, 2, 1), (7, 7, 1)]
    assert dataset.videos[0].file_names[:2] == ("clip 川/00000.jpg", "clip 川/00001.jpg")
    assert {len(track.frames) for track in dataset.tracks} == {6}


def test_a_mask_is_where_the_label_stands(dataset, label_masks):
    for track in dataset.tracks:
        for frame, labels in zip(track.frames, label_masks, strict=True):
            expected = labels == track.track_id
            if frame.mask is None:
                assert not expected.any()
            else:
                np.testing.assert_array_equal(frame.mask.decode(), expected)
                assert frame.area == expected.sum()
                rows, columns = np.nonzero(expected)
                x, y, width, height = frame.box_xywh
                assert (x, y, x + width, y + height) == (
                    columns.min(),
                    rows.min(),
                    columns.max() + 1,
                    rows.max() + 1,
                )


def test_boxes_keep_their_origin_beside_the_masks(dataset):
    cell, leaving = (track.frames for track in dataset.tracks)
    assert [frame.dense_box.origin for frame in cell] == ["drawn", *["interpolated"] * 3, "drawn", "mask"]
    assert cell[5].dense_box == DenseBox((6, 1, 3, 3), DenseBoxOrigin.MASK)
    assert cell[4].dense_box.occluded
    assert leaving[2] == leaving[3] == coco_vis.CocoVisFrame()


def test_a_rectangle_is_never_a_mask(dataset):
    box_alone = dataset.tracks[1].frames[4]
    assert box_alone == coco_vis.CocoVisFrame(dense_box=DenseBox((10, 6, 4, 4), DenseBoxOrigin.DRAWN))


def test_masks_come_from_arrays_generators_and_zarr(dataset, label_masks, annotations, dense_boxes):
    stored = zarr.create_array(store={}, shape=label_masks.shape, chunks=(1, 12, 16), dtype="uint16")
    stored[:] = label_masks
    for source in (iter(label_masks), stored):
        same = coco_vis.single_video_dataset("clip 川", source, annotations, dense_boxes, height=12, width=16)
        assert same == dataset


def test_ids_of_several_videos_can_be_kept_apart(label_masks, annotations, dense_boxes):
    tracks = coco_vis.tracks_from_label_masks(
        label_masks,
        annotations,
        dense_boxes,
        video=CocoVisVideo.of_size(2, "b", width=16, height=12, length=6),
        categories=categories_of(["犬", "Zelle"]),
        annotation_id_offset=100,
    )
    assert [(t.annotation_id, t.track_id, t.video_id, t.category_id) for t in tracks] == [
        (102, 2, 2, 2),
        (107, 7, 2, 2),
    ]


def test_a_video_without_objects_has_no_tracks():
    nothing = Annotations()
    empty = coco_vis.single_video_dataset(
        "empty", np.zeros((3, 4, 5), np.uint16), nothing, interpolate(nothing, 3), height=4, width=5
    )
    assert empty.tracks == ()
    assert empty.videos[0].length == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda masks: masks[:5], "there are masks for 5 frames, but the video has 6"),
        (lambda masks: np.concatenate([masks, masks]), "there are masks after frame 5"),
        (
            lambda masks: masks[:, :8],
            "the masks of frame 0 have the shape (8, 16), but the video is (12, 16)",
        ),
        (lambda masks: masks + 1, "frame 0 has pixels of track 1, but no track has this id"),
    ],
)
def test_masks_that_do_not_fit_are_refused(change, message, label_masks, annotations, dense_boxes):
    with pytest.raises(FormatError, match=re.escape(message)):
        coco_vis.single_video_dataset("a", change(label_masks), annotations, dense_boxes, height=12, width=16)


def test_boxes_of_other_tracks_or_videos_are_refused(label_masks, annotations, dense_boxes):
    video = CocoVisVideo.of_size(1, "a", width=16, height=12, length=6)
    build = coco_vis.tracks_from_label_masks
    with pytest.raises(FormatError, match="of other tracks than the annotations"):
        build(label_masks, annotations.without_track(9), dense_boxes, video=video, categories=())
    with pytest.raises(FormatError, match=r"category 'Zelle' is not among the categories .none."):
        build(label_masks, annotations, dense_boxes, video=video, categories=())
    shorter = dataclasses.replace(video, file_names=video.file_names[:5])
    with pytest.raises(FormatError, match="boxes for 6 frames, but the video has 5"):
        build(label_masks, annotations, dense_boxes, video=shorter, categories=())


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b"])
def test_a_video_is_named_like_a_folder(name):
    with pytest.raises(FormatError, match="names no folder"):
        CocoVisVideo.of_size(1, name, width=1, height=1, length=1)


def test_videos_are_found_by_id_and_name(dataset):
    video = dataset.videos[0]
    assert dataset.video() is dataset.video(1) is dataset.video("clip 川") is video
    with pytest.raises(FormatError, match=re.escape("there is no video 'b': choose one of 1 (clip 川)")):
        dataset.video("b")
    two = dataclasses.replace(dataset, videos=(video, video))
    with pytest.raises(FormatError, match="no video was named"):
        two.video()

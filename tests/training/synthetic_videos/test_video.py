from dataclasses import replace

import numpy as np

from mfvis_engine.training.synthetic_videos import Split, SyntheticVideoSettings, make_video


def tight_box(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]


def test_no_texture_is_of_both_splits(textures):
    train, held_out = textures[Split.TRAIN].pictures, textures[Split.HELD_OUT].pictures
    assert len(train) + len(held_out) == 220
    assert len(held_out) >= 30
    assert not {picture.tobytes() for picture in train} & {picture.tobytes() for picture in held_out}


def test_a_number_is_one_video_of_each_split_and_seed(textures, videos):
    settings = SyntheticVideoSettings()
    again = make_video(settings, textures[Split.TRAIN], 0, 3)
    assert np.array_equal(again.frames_rgb, videos[3].frames_rgb)
    assert np.array_equal(again.labels, videos[3].labels)
    assert np.array_equal(again.boxes_xyxy, videos[3].boxes_xyxy, equal_nan=True)
    other_split = make_video(settings, textures[Split.HELD_OUT], 0, 3)
    other_seed = make_video(settings, textures[Split.TRAIN], 1, 3)
    for other in (other_split, other_seed, videos[4]):
        assert not np.array_equal(other.frames_rgb, again.frames_rgb)
    assert (again.name, other_split.name) == ("train_00003", "held_out_00003")


def test_shapes_and_types(videos):
    for video in videos:
        count = len(video.class_index)
        assert video.frames_rgb.shape == (12, 128, 192, 3)
        assert video.masks.shape == (count, 12, 128, 192)
        assert video.boxes_xyxy.shape == (count, 12, 4)
        assert 1 <= count <= 4
        assert video.labels.max() == count


def test_boxes_are_tight_around_what_is_seen(videos):
    settings = SyntheticVideoSettings()
    for video in videos:
        areas = video.masks.sum((2, 3))
        assert np.array_equal(areas >= settings.min_visible_px, video.present)
        assert not areas[~video.present].any()
        assert video.present.any(1).all()
        for row, t in np.argwhere(video.present):
            assert video.boxes_xyxy[row, t].tolist() == tight_box(video.masks[row, t])


def test_things_move_hide_each_other_and_leave(videos):
    present = np.concatenate([video.present.ravel() for video in videos])
    assert 0.02 < np.mean(~present) < 0.3  # some are not yet there, or gone
    moved = [
        np.hypot(*np.diff(video.boxes_xyxy[row, :, :2], axis=0).T)
        for video in videos
        for row in range(len(video.present))
    ]
    assert 1 < np.nanmean(np.concatenate(moved)) < 8
    masks = [(video.masks[:, t], video.boxes_xyxy[:, t]) for video in videos for t in range(12)]
    overlapping = [
        bool((mask_a & _filled(box_b)).any())
        for frame_masks, boxes in masks
        for a, mask_a in enumerate(frame_masks)
        for b, box_b in enumerate(boxes)
        if a != b and not np.isnan(box_b).any()
    ]
    assert np.mean(overlapping) > 0.05


def _filled(box):
    picture = np.zeros((128, 192), np.bool_)
    x0, y0, x1, y1 = box.astype(int)
    picture[y0:y1, x0:x1] = True
    return picture


def test_masks_are_where_the_pictures_show_the_objects(textures):
    """Without noise, camera and other objects, what changes from frame to frame is at the object."""
    still = SyntheticVideoSettings(most_objects=1, most_noise=0, pan_px=0, zoom_share=0, bar_probability=0)
    for index in range(4):
        video = make_video(still, textures[Split.TRAIN], 5, index)
        changed = (video.frames_rgb[1:] != video.frames_rgb[:-1]).any(-1)
        seen = (video.labels[1:] > 0) | (video.labels[:-1] > 0)
        assert changed.sum() > 100
        assert (changed & ~seen).sum() < 0.25 * changed.sum()  # soft edges


def test_settings_are_heeded(textures):
    small = SyntheticVideoSettings(height=64, width=80, length=3, most_objects=1, diameters_px=(20, 20))
    video = make_video(small, textures[Split.TRAIN], 0, 0)
    assert video.frames_rgb.shape == (3, 64, 80, 3)
    assert len(video.class_index) == 1
    sides = video.boxes_xyxy[..., 2:] - video.boxes_xyxy[..., :2]
    assert np.nanmax(sides) <= 22
    barred = replace(small, length=1, bar_probability=1.0)
    without = replace(barred, bar_probability=0.0)
    first, second = (make_video(one, textures[Split.TRAIN], 0, 1) for one in (barred, without))
    assert not np.array_equal(first.frames_rgb, second.frames_rgb)

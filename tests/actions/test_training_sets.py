import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.actions.box_import import BoxSource, import_boxes
from mfvis_engine.actions.coco_vis_pictures import PictureError
from mfvis_engine.actions.open_videos import OpenVideos
from mfvis_engine.actions.training_sets import TrainingSetError, coco_vis_set, joined, projects_set
from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.formats.rle import Rle
from mfvis_engine.jobs.errors import NothingToSegmentError
from mfvis_engine.project import Project, VideoMissingError
from mfvis_engine.sample import sample_clip
from mfvis_engine.training.vis.sampling import ClipSampler, ClipSettings

LENGTH, HEIGHT, WIDTH = 3, 12, 16


def rle_json(mask):
    return {"size": list(mask.shape), "counts": Rle.encode(mask).uncompressed_counts()}


def square(x, y, side=4):
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[y : y + side, x : x + side] = True
    return mask


def write_pictures(folder, length=LENGTH, size_hw=(HEIGHT, WIDTH)):
    folder.mkdir(parents=True)
    for t in range(length):
        Image.fromarray(np.full((*size_hw, 3), 10 * t, np.uint8)).save(folder / f"{t:05d}.png")


class Dataset:
    """A COCO-VIS file of two videos, changed before it is written."""

    def __init__(self, folder):
        self.path, self.frames_dir = folder / "train.json", folder / "frames"
        for name in ("a", "b"):
            write_pictures(self.frames_dir / name)
        videos = [
            {
                "id": number,
                "width": WIDTH,
                "height": HEIGHT,
                "length": LENGTH,
                "file_names": [f"{name}/{t:05d}.png" for t in range(LENGTH)],
            }
            for number, name in ((1, "a"), (2, "b"))
        ]
        categories = [{"id": 7, "name": "zebra"}, {"id": 3, "name": "ape"}]
        self.content = {"videos": videos, "categories": categories, "annotations": []}
        self.add([[1, 2, 4, 4], None, [3, 2, 4, 4]], category=7)

    def add(self, boxes, *, category=3, video=1, **more):
        number = len(self.content["annotations"]) + 1
        annotation = {"id": number, "video_id": video, "category_id": category, "bboxes": boxes, **more}
        self.content["annotations"].append(annotation)

    def read(self, **how):
        self.path.write_text(json.dumps(self.content), encoding="utf-8")
        return coco_vis_set(self.path, self.frames_dir, **how)


@pytest.fixture
def dataset(tmp_path):
    return Dataset(tmp_path)


def test_boxes_alone(dataset):
    dataset.add([None, [0, 0, 5, 6], None], segmentations=None)
    dataset.add([[0, 0, 9, 9]] * 3, iscrowd=1)
    read = dataset.read()
    assert read.class_names == ("ape", "zebra")  # by category id
    assert [video.name for video in read.videos] == ["a"]  # nobody annotated b
    video = read.videos[0]
    assert video.class_index.tolist() == [1, 0]
    assert video.annotated.tolist() == [True] * LENGTH
    nan = [np.nan] * 4
    expected = [[[1, 2, 5, 6], nan, [3, 2, 7, 6]], [nan, [0, 0, 5, 6], nan]]
    assert np.array_equal(video.boxes_xyxy, np.array(expected, np.float32), equal_nan=True)
    assert video.read_frame(2)[0, 0].tolist() == [20, 20, 20]
    assert video.read_masks(0) == {}


def test_masks_are_read_where_there_are_some_unless_unwanted(dataset):
    dataset.add(None, segmentations=[None, rle_json(square(5, 6)), None], video=2)
    video = dataset.read().videos[1]
    assert video.boxes_xyxy[0, 1].tolist() == [5, 6, 9, 10]
    assert np.array_equal(video.read_masks(1)[0], square(5, 6))
    assert video.read_masks(0) == {}
    assert dataset.read(boxes_only=True).videos[1].read_masks(1) == {}


def test_annotated_boxes_come_before_those_of_masks(dataset):
    dataset.add(
        None,
        segmentations=[rle_json(square(5, 6)), None, None],
        dense_bboxes=[[4, 5, 6, 6], [4, 5, 6, 6], None],
        bbox_origins=["drawn", "interpolated", None],
    )
    boxes = dataset.read().videos[0].boxes_xyxy[1]
    assert boxes[:2].tolist() == [[4, 5, 10, 11]] * 2
    assert np.isnan(boxes[2]).all()


def test_one_name_is_one_class(dataset):
    dataset.content["categories"].append({"id": 9, "name": " ape "})
    dataset.add([[0, 0, 2, 2]] * 3, category=9)
    read = dataset.read()
    assert read.class_names == ("ape", "zebra")
    assert read.videos[0].class_index.tolist() == [1, 0]


def test_clips_can_be_made_of_it(dataset):
    clip = ClipSampler(dataset.read(), ClipSettings(frames=3, short_sides=(24,), flip_probability=0), 0).clip(0)
    assert clip.frames_rgb[:, 0, 0, 0].tolist() == [0, 10, 20]
    assert clip.targets.boxes_xyxy[0, 0].tolist() == [2, 4, 10, 12]


def test_a_missing_frame_is_named(dataset):
    (dataset.frames_dir / "a" / "00001.png").unlink()
    with pytest.raises(PictureError, match=r"Video a lacks 1 of its 3 frames, first .*00001\.png"):
        dataset.read()


def test_frames_of_another_size_are_named(dataset):
    later = dataset.read().videos[0]
    shutil.rmtree(dataset.frames_dir / "a")
    write_pictures(dataset.frames_dir / "a", size_hw=(6, 8))
    with pytest.raises(PictureError, match=r"Frame 0 of video a.*is 6 x 8 .*are for 12 x 16"):
        dataset.read()
    with pytest.raises(PictureError, match="Frame 2 of video a"):
        later.read_frame(2)


def test_damaged_and_deep_frames_are_named(dataset):
    later = dataset.read().videos[0]
    (dataset.frames_dir / "a" / "00002.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"Frame 2 of video a.*cannot be read"):
        later.read_frame(2)
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint16)).save(dataset.frames_dir / "a" / "00000.png")
    with pytest.raises(PictureError, match="more than 8 bits"):
        dataset.read()


def test_files_without_anything_to_learn_are_refused(dataset):
    dataset.content["annotations"][0]["category_id"] = 5
    with pytest.raises(TrainingSetError, match="annotation 1 is of category 5"):
        dataset.read()
    dataset.content["annotations"] = []
    with pytest.raises(TrainingSetError, match="has no box of any object"):
        dataset.read()


def box(x, y, side=4):
    return x, y, x + side, y + side


@pytest.fixture
def walk(tmp_path):
    """A project of eight frames: boxes from frame 1 to 5, of two tracks."""
    write_pictures(tmp_path / "walk", 8)
    cat = Track(2, "cat", (Keyframe(1, box(0, 0)), Keyframe(5, box(8, 4), occluded=True)))
    dog = Track(5, "dog", (Keyframe(2, box(9, 0)), Keyframe(3, box(9, 0), outside=True)))
    with Project.create(tmp_path / "walk", tmp_path / "walk") as project:
        project.replace_annotations(Annotations((cat, dog)))
    return tmp_path / "walk.mfvis"


def paint(path, *strokes):
    with Project.open(path) as project:
        for track_id, frame_index, mask in strokes:
            labels = project.read_masks(frame_index)
            labels[mask] = track_id
            project.do(EditMask(frame_index, 0, 0, labels))


def test_projects_give_all_boxes_between_their_first_and_last_keyframe(walk):
    with OpenVideos() as videos:
        read = projects_set([walk], videos=videos)
        video = read.videos[0]
        assert read.class_names == ("cat", "dog")
        assert (video.name, video.size_hw, video.length) == ("walk", (HEIGHT, WIDTH), 8)
        assert np.flatnonzero(video.annotated).tolist() == [1, 2, 3, 4, 5]
        assert video.boxes_xyxy[0, 3].tolist() == [4, 2, 8, 6]  # halfway
        assert np.flatnonzero(~np.isnan(video.boxes_xyxy[1, :, 0])).tolist() == [2]
        assert video.read_frame(4)[0, 0, 0] == 40
        assert video.read_masks(3) == {}


def test_classes_of_projects_are_merged_by_name(walk, tmp_path):
    write_pictures(tmp_path / "zoo")
    with Project.create(tmp_path / "zoo", tmp_path / "zoo") as project:
        tracks = (Track(1, "cat", (Keyframe(0, box(0, 0)),)), Track(2, "ape", (Keyframe(0, box(6, 6)),)))
        project.replace_annotations(Annotations(tracks))
    with OpenVideos() as videos:
        read = projects_set([walk, tmp_path / "zoo.mfvis"], videos=videos)
        assert read.class_names == ("ape", "cat", "dog")
        assert [video.class_index.tolist() for video in read.videos] == [[1, 2], [1, 0]]


def test_a_persons_masks_are_learned_from(walk):
    paint(walk, (2, 3, square(5, 3)), (2, 7, square(1, 1)), (2, 6, square(1, 1)), (5, 6, square(8, 8)))
    video = projects_set([walk]).videos[0]
    assert np.array_equal(video.read_masks(3)[0], square(5, 3))
    assert video.boxes_xyxy[0, 3].tolist() == [5, 3, 9, 7]  # nobody drew one there
    assert video.boxes_xyxy[0, 5].tolist() == [8, 4, 12, 8]
    assert video.boxes_xyxy[1, 6].tolist() == [8, 8, 12, 12]
    assert np.flatnonzero(video.annotated).tolist() == [1, 2, 3, 4, 5, 6]  # of frame 7, one object alone is known
    without = projects_set([walk], boxes_only=True).videos[0]
    assert without.read_masks(3) == {}
    assert without.boxes_xyxy[0, 3].tolist() == [4, 2, 8, 6]
    assert np.flatnonzero(without.annotated).tolist() == [1, 2, 3, 4, 5]


def test_projects_without_boxes_or_video_are_named(walk, tmp_path):
    Project.create(tmp_path / "bare", tmp_path / "walk").close()
    with pytest.raises(NothingToSegmentError, match=r"bare\.mfvis has no box in any frame"):
        projects_set([walk, tmp_path / "bare.mfvis"])
    shutil.rmtree(tmp_path / "walk")
    with pytest.raises(VideoMissingError, match="walk"):
        projects_set([walk])
    with pytest.raises(TrainingSetError, match="no project"):
        projects_set([])


def test_sets_are_joined_by_class_name(dataset, walk):
    both = joined([dataset.read(), projects_set([walk])])
    assert both.class_names == ("ape", "zebra", "cat", "dog")
    assert [video.class_index.tolist() for video in both.videos] == [[1], [2, 3]]
    with pytest.raises(TrainingSetError, match="nothing to learn from"):
        joined([])


def test_the_sample_clip_gives_clips(tmp_path):
    sample = sample_clip()
    with Project.create(tmp_path / "sample", sample.video_path) as project:
        import_boxes(project, BoxSource(sample.boxes_path))
    with OpenVideos() as videos:
        clips = ClipSampler(
            projects_set([tmp_path / "sample.mfvis"], videos=videos), ClipSettings(short_sides=(96,)), 0
        )
        clip = clips.clip(0)
        assert clip.frames_rgb.shape[:2] == (5, 3)
        assert min(clip.size_hw) == 96
        assert clip.targets.present.any()
        assert clip.frames_rgb.float().std() > 10

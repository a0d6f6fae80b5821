import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.actions.coco_vis_pictures import PictureError
from mfvis_engine.actions.errors import OutputExistsError
from mfvis_engine.actions.evaluation import evaluate_files
from mfvis_engine.actions.vis_results import UnknownClassesError, check_results_free, predict_dataset
from mfvis_engine.formats.coco_vis import (
    CocoVisCategory,
    CocoVisDataset,
    CocoVisFrame,
    CocoVisTrack,
    CocoVisVideo,
    read_results,
    write_ground_truth,
)
from mfvis_engine.formats.rle import Rle
from mfvis_engine.inference.vis import NothingFoundError
from tests.actions.colour_model import CPU, SETTINGS, ColourModel
from tests.inference.vis.colour_finder import SIDE, squares_video

LENGTH = 8
RED = [(4 * t, 8) for t in range(LENGTH)]
GREEN = [(40, 40) if t >= 3 else None for t in range(LENGTH)]
CATEGORIES = {1: "mouse", 2: "dog", 3: "cat"}
"""In another order than the model's, and one that it does not know."""


def video(folder, video_id, paths):
    """Writes its pictures; the video and its tracks."""
    name = f"video{video_id}"
    (folder / name).mkdir(parents=True)
    frames = squares_video(paths).frames(0, LENGTH)
    files = tuple(f"{name}/{t:03}.png" for t in range(LENGTH))
    for file, frame in zip(files, frames, strict=True):
        Image.fromarray(frame).save(folder / file)
    tracks = [
        CocoVisTrack(10 * video_id + row, row + 1, video_id, category_id, tuple(map(square, path)))
        for row, (path, category_id) in enumerate(zip(paths, (3, 2), strict=False))
        if any(path)
    ]
    return CocoVisVideo(video_id, 96, 64, files), tracks


def square(at):
    if at is None:
        return CocoVisFrame()
    mask = np.zeros((64, 96), np.bool_)
    mask[at[1] : at[1] + SIDE, at[0] : at[0] + SIDE] = True
    return CocoVisFrame.of_mask(Rle.encode(mask))


def written(folder, *paths_of_videos):
    """The file of a dataset, whose frames lie beside it."""
    made = [video(folder / "frames", 5 + index, paths) for index, paths in enumerate(paths_of_videos)]
    dataset = CocoVisDataset(
        tuple(one for one, _ in made),
        tuple(CocoVisCategory(*category) for category in CATEGORIES.items()),
        tuple(track for _, tracks in made for track in tracks),
    )
    write_ground_truth(folder / "truth.json", dataset)
    return folder / "truth.json"


@pytest.fixture
def truth(tmp_path):
    return written(tmp_path, [RED, GREEN], [RED])


def predicted(truth, out, model=None, **options):
    return predict_dataset(model or ColourModel(), truth, truth.parent / "frames", out, SETTINGS, CPU, **options)


@pytest.mark.parametrize("name", ["results.json", "results.zip", "new folder/results.json"])
def test_what_is_found_scores_as_the_truth(truth, tmp_path, name):
    report = predicted(truth, tmp_path / name)
    assert (report.video_count, report.unknown_classes) == (2, ("mouse",))
    assert zipfile.is_zipfile(tmp_path / name) == name.endswith("zip")
    evaluation = evaluate_files(truth, tmp_path / name)
    by_category = dict(zip(evaluation.category_ids, evaluation.per_category_ap, strict=True))
    assert by_category == {1: -1, 2: pytest.approx(1), 3: pytest.approx(1)}


def test_a_track_answers_with_each_class_that_the_file_has(truth, tmp_path):
    report = predicted(truth, tmp_path / "results.json")
    results = read_results(tmp_path / "results.json")
    assert len(results) == report.result_count == 2 * 3
    assert [(one.video_id, one.category_id, round(one.score, 4)) for one in results] == [
        (5, 3, 0.9),
        (5, 2, 0.8),
        (5, 3, 0.1),
        (5, 2, 0.05),
        (6, 3, 0.9),
        (6, 2, 0.05),
    ]
    assert [mask is not None for mask in results[1].masks] == [t >= 3 for t in range(LENGTH)]


def test_annotations_are_not_needed(truth, tmp_path):
    predicted(truth, tmp_path / "with.json")
    content = json.loads(truth.read_text(encoding="utf-8"))
    truth.write_text(json.dumps({**content, "annotations": []}), encoding="utf-8")
    predicted(truth, tmp_path / "without.json")
    assert (tmp_path / "with.json").read_bytes() == (tmp_path / "without.json").read_bytes()


def test_ids_of_classes_may_have_gaps_and_names_spaces(truth, tmp_path):
    content = json.loads(truth.read_text(encoding="utf-8"))
    for one in content["categories"]:
        one["id"], one["name"] = 10 * one["id"], f" {one['name']} "
    truth.write_text(json.dumps({**content, "annotations": []}), encoding="utf-8")
    predicted(truth, tmp_path / "results.json")
    assert {one.category_id for one in read_results(tmp_path / "results.json")} == {20, 30}


def test_progress_counts_videos(truth, tmp_path):
    told = []
    predicted(truth, tmp_path / "results.json", on_progress=lambda *counts: told.append(counts))
    assert told == [(1, 2), (2, 2)]


def test_an_empty_video_has_no_results(tmp_path):
    truth = written(tmp_path, [RED], [[None] * LENGTH])
    predicted(truth, tmp_path / "results.json")
    assert {one.video_id for one in read_results(tmp_path / "results.json")} == {5}


def test_nothing_found_at_all(tmp_path):
    truth = written(tmp_path, [[None] * LENGTH])
    with pytest.raises(NothingFoundError, match=r"in any of the 1 videos of .*truth\.json"):
        predicted(truth, tmp_path / "results.json")
    assert not (tmp_path / "results.json").exists()


def test_a_model_of_other_classes(truth, tmp_path):
    message = r"has the classes mouse, dog, cat, of which the model knows none; it knows horse, cow"
    with pytest.raises(UnknownClassesError, match=message):
        predicted(truth, tmp_path / "results.json", ColourModel(class_names=("horse", "cow")))


def test_a_missing_picture_is_told_before_any_work(truth, tmp_path):
    (tmp_path / "frames" / "video6" / "004.png").unlink()
    told = []
    with pytest.raises(PictureError, match="lacks 1 of its 8 frames"):
        predicted(truth, tmp_path / "results.json", on_progress=lambda *counts: told.append(counts))
    assert told == []


def test_a_damaged_picture_leaves_earlier_results(truth, tmp_path):
    (tmp_path / "results.json").write_text("earlier", encoding="utf-8")
    (tmp_path / "frames" / "video6" / "004.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match="Frame 4 of video"):
        predicted(truth, tmp_path / "results.json")
    assert (tmp_path / "results.json").read_text(encoding="utf-8") == "earlier"


def test_results_take_no_others_place_unasked(truth, tmp_path):
    check_results_free(tmp_path / "results.json", truth, overwrite=False)
    with pytest.raises(OutputExistsError, match="is the file of the videos"):
        check_results_free(truth, truth, overwrite=True)
    (tmp_path / "results.json").write_text("earlier", encoding="utf-8")
    with pytest.raises(OutputExistsError, match="there already"):
        check_results_free(tmp_path / "results.json", truth, overwrite=False)
    check_results_free(tmp_path / "results.json", truth, overwrite=True)

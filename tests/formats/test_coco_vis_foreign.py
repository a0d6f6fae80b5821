"""Files as others make them, and files made to do harm."""

import json
import re
import zipfile

import pytest

from mfvis_engine.formats import FormatError, coco_vis

VIDEO = {
    "id": 3,
    "width": 4,
    "height": 3,
    "length": 2,
    "file_names": ["003f/00000.jpg", "003f/00005.jpg"],
    "license": 1,
    "flickr_url": "",
    "coco_url": "",
    "date_captured": "2019-04-11 00:55:41.903902",
}
TRACK = {
    "id": 1,
    "video_id": 3,
    "category_id": 2,
    "iscrowd": 0,
    "height": 3,
    "width": 4,
    "segmentations": [{"counts": [0, 3, 9], "size": [3, 4]}, None],
    "bboxes": [[0.0, 0.0, 1.0, 3.0], None],
    "areas": [3, None],
}


@pytest.fixture
def written(tmp_path):
    """A function that writes a ground truth file, with a video and its annotations changed."""

    def write(video=None, track=None, **root):
        content = {
            "info": {},
            "licenses": [],
            "videos": [VIDEO | (video or {})],
            "categories": [{"id": 2, "name": "person", "supercategory": "object"}],
            "annotations": [TRACK | (track or {})],
        }
        path = tmp_path / "instances.json"
        path.write_text(json.dumps(content | root), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("length", [2, 1], ids=["YouTube-VIS 2019", "YouTube-VIS 2021, whose tracks say 1"])
def test_youtube_vis_is_read(written, length):
    dataset = coco_vis.read_ground_truth(written(track={"length": length}))
    first, absent = dataset.tracks[0].frames
    assert (first.area, first.box_xywh, first.mask.uncompressed_counts()) == (3, (0, 0, 1, 3), [0, 3, 9])
    assert absent == coco_vis.CocoVisFrame()
    assert dataset.video("003f").video_id == 3


def test_validation_sets_have_no_tracks(written):
    assert coco_vis.read_ground_truth(written(annotations=None)).tracks == ()
    path = written()
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["annotations"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert coco_vis.read_ground_truth(path).videos[0].length == 2


@pytest.mark.parametrize(
    "name", ["../up/0.jpg", "a/../../0.jpg", "/etc/0.jpg", "C:/0.jpg", "c:0.jpg", r"..\0.jpg", "a\0b"]
)
def test_names_that_lead_elsewhere_are_refused(written, name):
    with pytest.raises(FormatError, match=r"videos\[0\].file_names\[1\] is .* below the folder of the frames"):
        coco_vis.read_ground_truth(written({"file_names": ["a/0.jpg", name]}))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            {"size": [2**20, 2**20], "counts": [2**40]},
            "a mask of 1048576 x 1048576 (height x width) has above 268435456",
        ),
        ({"size": [10**6, 10**6], "counts": "PPPYVjY1"}, "is no mask"),
        ({"size": [3, 4], "counts": [0, 2**62, 12]}, "the runs add up to"),
        ({"size": [3, 4], "counts": [True, 11]}, "counts[0] is true: it must be a whole number"),
        ({"size": [3.0, 4], "counts": [12]}, "size[0] is 3.0: it must be a whole number"),
        ({"size": [3, 4], "counts": []}, "the runs add up to 0 pixels"),
        ({"size": [3, 4], "counts": None}, "counts is null"),
        ([[0, 0, 3, 0, 3, 3]], "maybe polygons"),
    ],
)
def test_bombs_and_broken_codes_are_refused(written, code, message):
    place = re.escape("instances.json: annotations[0].segmentations[1]")
    with pytest.raises(FormatError, match=f"{place}.*{re.escape(message)}"):
        coco_vis.read_ground_truth(written(track={"segmentations": [None, code]}))


def test_more_runs_than_pixels_are_refused_before_they_are_counted(written):
    for counts in ([0] * 100 + [12], "0" * 200 + "<"):
        with pytest.raises(FormatError, match="holds more runs than a mask of 3 x 4"):
            coco_vis.read_ground_truth(written(track={"segmentations": [{"size": [3, 4], "counts": counts}, None]}))


@pytest.mark.parametrize("text", ["[" * 200_000, '{"videos": ' + "9" * 10_000 + "}"], ids=["nested", "long number"])
def test_json_made_to_exhaust_the_parser_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.json( line|: no sensible JSON)"):
        coco_vis.read_ground_truth(tmp_path / "a.json")


def test_a_zip_that_grows_without_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("mfvis_engine.formats.coco_vis.read.MAX_UNPACKED_BYTES", 2**20)
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("results.json", " " * (2**20 + 1))
    with pytest.raises(FormatError, match=r"results.json would grow from \d+ to 1048577 bytes"):
        coco_vis.read_results(path)


def test_a_zip_that_lies_about_how_small_it_is_packed_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("mfvis_engine.formats.coco_vis.read.MAX_UNPACKED_BYTES", 2**20)
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("results.json", " " * (2**20 + 1))
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\1\2")
    content[entry + 20 : entry + 24] = (2**30).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"results.json would grow from \d{4} to 1048577 bytes"):
        coco_vis.read_results(path)


def test_a_zip_of_countless_names_is_not_quoted_in_full(tmp_path):
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(50):
            archive.writestr(str(number), "")
    with pytest.raises(FormatError, match=r"upload\.zip holds 0, .*, 9, \.\.\.: results\.json must be in it"):
        coco_vis.read_results(path)


PACKINGS = {"stored": zipfile.ZIP_STORED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("place", [60, -6], ids=["content", "directory"])
def test_a_damaged_zip_is_named(tmp_path, packing, place):
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w", PACKINGS[packing]) as archive:
        archive.writestr("results.json", json.dumps([{"video_id": 1}] * 20))
    content = bytearray(path.read_bytes())
    content[place] ^= 255
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"upload\.zip is damaged"):
        coco_vis.read_results(path)

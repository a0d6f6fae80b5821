import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.formats import FileFormat, FormatError, detect_format

MOT = "1,1,4,4,16,16,1,-1,-1,-1\n"
CVAT = '<?xml version="1.0"?>\n<!-- CVAT -->\n<annotations>\n</annotations>'
VIDEO = {"id": 1, "width": 3, "height": 2, "length": 1, "file_names": ["a/0.jpg"]}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "1,0,1,1,5,5", FileFormat.CSV),
        ("a.CSV", "anything", FileFormat.CSV),
        ("a.txt", "track_id,frame,x0,y0,x1,y1\n", FileFormat.CSV),
        ("a", "\ufeffFrame, Track_ID ,x0\n", FileFormat.CSV),
        ("a.txt", MOT, FileFormat.MOT),
        ("a.txt", "\n" + MOT, FileFormat.MOT),
        ("a", "1 1 4.5 4 16 16", FileFormat.MOT),
        ("a.txt", "0 1001 1 2 3 06", FileFormat.MOT),  # a code of digits alone: name the format
        ("a.txt", "0 1001 1 2 3 1_k0\n", FileFormat.MOTS),
        ("a.xml", CVAT, FileFormat.CVAT),
        ("a.json", json.dumps({"videos": [VIDEO]}), FileFormat.COCO_VIS),
        ("a", '{"videos": [{"id": 1}], "annotations": []}', FileFormat.COCO_VIS),
        ("a", '{"annotations": [{"video_id": 1, "segmentations": []}]}', FileFormat.COCO_VIS),
        ("a", '{"videos": [{"id": 1, "name": "a"}], "images": [{"id": 1}]}', FileFormat.COCO_VID),
        ("a", '{"annotations": [{"image_id": 1, "video_id": 1}]}', FileFormat.COCO_VID),
        ("a", '[{"name": "0.jpg", "frameIndex": 0, "labels": []}]', FileFormat.BDD100K),
        ("a", ' {"config": {}, "frames": [{}]}', FileFormat.BDD100K),
        ("a", '[{"video_id": 1, "score": 1, "segmentations": []}]', FileFormat.COCO_VIS_RESULTS),
    ],
)
def test_the_format_of_a_file_is_told_from_its_content(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert detect_format(tmp_path / name) is expected


def test_a_zip_holds_results(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("results.json", "[]")
    assert detect_format(tmp_path / "a") is FileFormat.COCO_VIS_RESULTS


@pytest.mark.parametrize(("dtype", "expected"), [(np.uint8, FileFormat.DAVIS), (np.uint16, FileFormat.MOTS)])
def test_a_folder_of_pngs_is_told_by_their_depth(tmp_path, dtype, expected):
    (tmp_path / ".thumbnail.png").write_bytes(b"")
    Image.fromarray(np.zeros((2, 3), dtype)).save(tmp_path / "00000.png")
    assert detect_format(tmp_path) is expected


def test_a_folder_with_a_damaged_png_is_left_to_the_reader(tmp_path):
    (tmp_path / "0.png").write_bytes(b"\x89PNG")
    assert detect_format(tmp_path) is FileFormat.DAVIS


@pytest.mark.parametrize("table", ["man_track.txt", "res_track.txt"])
def test_a_table_of_cells_makes_a_folder_of_the_challenge(tmp_path, table):
    (tmp_path / table).touch()
    (tmp_path / "0.png").touch()
    assert detect_format(tmp_path) is FileFormat.CTC


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b""),
        ("a.txt", b"Dear diary"),
        ("a.mp4", b"\0\0\0\x18ftyp"),
        ("a.json", b"{}"),
        ("a.json", b"[1, 2]"),
        ("a.svg", b"<svg/>"),
        ("a.txt", b"1 2 3 4"),
    ],
)
def test_what_is_none_of_them_is_refused_with_a_list(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=re.escape(f"{name} looks like none of the formats")) as caught:
        detect_format(tmp_path / name)
    assert all(f"- {known}: " in str(caught.value) for known in FileFormat)


def test_an_empty_folder_is_refused_with_a_list(tmp_path):
    with pytest.raises(FormatError, match="looks like none of the formats"):
        detect_format(tmp_path)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(FormatError, match=r"gone\.json cannot be read"):
        detect_format(tmp_path / "gone.json")


def test_broken_json_is_said_with_its_line(tmp_path):
    (tmp_path / "a.json").write_text('{"info": {},\n"videos": [', encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.json line 2"):
        detect_format(tmp_path / "a.json")


@pytest.mark.parametrize("known", FileFormat)
def test_a_format_that_needs_masks_has_them(known):
    assert known.has_masks or not known.needs_masks
    assert known.needs_masks or not known.is_folder

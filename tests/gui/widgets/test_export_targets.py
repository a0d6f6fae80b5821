"""Where an export goes, without a window."""

from pathlib import Path

import pytest

from mfvis_engine.formats.registry import FileFormat
from mfvis_napari.widgets.export.targets import HUMAN_NAMES, default_target, files_in_the_way, target_of

PROJECT = Path("/data/walk.mfvis")


def test_every_format_has_a_name_and_a_place_of_its_own():
    assert set(HUMAN_NAMES) == set(FileFormat)
    assert next(iter(HUMAN_NAMES)) is FileFormat.COCO_VIS
    assert len({default_target(PROJECT, known) for known in FileFormat}) == len(FileFormat)


@pytest.mark.parametrize(
    ("given", "file_format", "target"),
    [
        ("", FileFormat.COCO_VIS, "/data/walk.json"),
        ("  ", FileFormat.DAVIS, "/data/walk-davis"),
        ("out", FileFormat.COCO_VIS, "/data/out.json"),  # a suffix left out
        ("out.json", FileFormat.COCO_VIS_RESULTS, "/data/out.json"),  # not only zip
        ("/else/where", FileFormat.CTC, "/else/where"),  # a folder stays as it is
    ],
)
def test_what_a_person_means(given, file_format, target):
    assert target_of(given, PROJECT, file_format) == Path(target)


def test_a_folder_gets_the_file_put_into_it(tmp_path):
    assert target_of(str(tmp_path), PROJECT, FileFormat.CVAT) == tmp_path / "walk-cvat.xml"


def test_files_that_would_be_replaced(tmp_path):
    target = tmp_path / "gt.txt"
    assert files_in_the_way(target, FileFormat.MOT) == ()
    target.touch()  # an empty file loses nothing
    (tmp_path / "labels.txt").write_text("cell\n")
    assert files_in_the_way(target, FileFormat.MOT) == (tmp_path / "labels.txt",)
    assert files_in_the_way(tmp_path, FileFormat.DAVIS) == ()

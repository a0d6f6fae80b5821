import json

import numpy as np
from PIL import Image

from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.project import Project
from tests.cli.conftest import format_of, said


def test_the_cost_is_told_and_what_is_an_estimate(run, masked_project):
    with Project.open(masked_project) as project:
        project.do(EditMask(1, 0, 0, np.ones((2, 2), np.uint16)))
    done = run("report", masked_project)
    assert done.exit_code == 0, done.stderr
    text = said(done.stdout)
    assert "Boxes drawn 0" in text
    assert "0 drawn, 0 interpolated, 4 imported, 0 predicted; 0 outside" in text
    assert "1 mask edited" in text
    assert "6 predicted, 1 edited, 0 imported; 0 verified" in text
    assert "28 s estimated for 4 boxes without a record, 7 s each" in text
    assert "1 min 19 s estimated for 1 mask without a record, 79.2 s each" in text
    assert "Polygons 9 min 14 s at 79.2 s a mask, 5.17 times as long" in text
    assert "arXiv 2104.06404" in text


def test_json_and_picture(run, masked_project, tmp_path):
    out, picture = tmp_path / "new" / "cost.json", tmp_path / "cost.png"
    for words in ((), ("--overwrite",)):
        done = run("report", masked_project, "--json", out, "--picture", picture, *words)
        assert done.exit_code == 0, done.stderr
        assert f"Wrote {out}." in done.stdout
    assert json.loads(out.read_text(encoding="utf-8"))["masks"]["obtained"] == 7
    assert format_of(picture) == "PNG"
    with Image.open(picture) as image:
        assert image.size == (1600, 900)


def test_a_project_without_masks_is_sent_on(run, boxed_project):
    done = run("report", boxed_project)
    assert done.exit_code == 0
    assert "times as long" not in done.stdout
    assert f"mfvis segment {boxed_project}" in done.stdout


def test_nothing_is_written_over_unasked(run, masked_project, video_path, boxes_path, tmp_path):
    boxes = boxes_path.read_bytes()
    for words in (
        ("--json", boxes_path),
        ("--json", boxes_path / "cost.json"),
        ("--picture", tmp_path / "first.png", "--json", boxes_path),
        ("--json", masked_project / "annotations.sqlite"),
        ("--picture", masked_project / "cost.png"),
        ("--picture", video_path / "000.png"),
        ("--picture", tmp_path / "cost.gif"),
    ):
        done = run("report", masked_project, *words)
        assert done.exit_code == 1, words
        assert done.stdout == ""
    assert not (tmp_path / "cost.gif").exists()
    assert not (tmp_path / "first.png").exists()
    assert boxes_path.read_bytes() == boxes

import json

import pytest

from mfvis_engine.project import Project
from tests.cli.conftest import said


def test_a_sound_project_is_whole(run, masked_project):
    done = run("check", masked_project)
    assert done.exit_code == 0
    assert "walk.mfvis is whole: 4 frames, all tables and runs." in said(done.stdout)


def test_findings_are_told_and_written_and_the_exit_code_is_1(run, masked_project, tmp_path):
    chunk = masked_project / "masks" / "c" / "2" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-3])
    done = run("check", masked_project.with_suffix(""), "--json", tmp_path / "report.json")
    assert done.exit_code == 1
    text = said(done.stdout)
    assert "Damage: The file of frame 2 cannot be read" in text
    assert f"Where: {chunk} Do: Delete the file" in text
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["clean"], report["frames"], len(report["findings"])) == (False, 4, 1)
    assert report["findings"][0]["where"] == str(chunk)
    assert report["findings"][0]["severity"] == "damage"


@pytest.mark.parametrize("header", ["whole", "rotten", "missing"])
def test_the_findings_take_the_place_of_nothing(run, masked_project, video_path, boxes_path, header):
    if header != "whole":
        (masked_project / "zarr.json").write_bytes(b"rot")
    if header == "missing":
        (masked_project / "zarr.json").unlink()
    for path in (masked_project / "annotations.sqlite", boxes_path, video_path / "000.png"):
        before = path.read_bytes()
        done = run("check", masked_project.with_suffix(""), "--json", path)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: {path} ")
        assert path.read_bytes() == before
    assert run("check", masked_project, "--json", boxes_path, "--overwrite").exit_code == (header != "whole")
    assert json.loads(boxes_path.read_text(encoding="utf-8"))["clean"] == (header == "whole")


def test_only_the_first_of_many_findings_are_shown(run, masked_project, monkeypatch):
    monkeypatch.setattr("mfvis_engine.cli.check._SHOWN", 1)
    for frame_index in (1, 2, 3):
        (masked_project / "masks" / "c" / str(frame_index) / "0" / "0").write_bytes(b"")
    done = run("check", masked_project)
    assert "... and 2 more; --json OUT writes all of them." in said(done.stdout)
    assert done.stdout.count("Damage:") == 1


def test_checking_beside_a_writer(run, masked_project):
    with Project.open(masked_project):
        assert run("check", masked_project).exit_code == 0

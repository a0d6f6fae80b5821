from pathlib import Path

import pytest

from mfvis_engine import sample


def make_sample(folder: Path) -> Path:
    (folder / "masks").mkdir(parents=True)
    (folder / "clip.mp4").touch()
    (folder / "boxes.csv").touch()
    return folder


def test_finds_the_sample_of_this_checkout():
    clip = sample.sample_clip()
    assert clip.video_path.stat().st_size > 100_000
    assert clip.boxes_path.read_text(encoding="utf-8").startswith("track_id,frame,x0,y0,x1,y1")
    assert len(list(clip.masks_dir.glob("*.png"))) == 60


def test_prefers_the_packaged_sample_and_falls_back_to_the_checkout(tmp_path, monkeypatch):
    packaged, checkout = make_sample(tmp_path / "packaged"), make_sample(tmp_path / "checkout")
    monkeypatch.setattr(sample, "_FOLDERS", (packaged, checkout))
    assert sample.sample_clip().boxes_path == packaged / "boxes.csv"
    (packaged / "clip.mp4").unlink()
    assert sample.sample_clip().video_path == checkout / "clip.mp4"


def test_missing_sample_says_where_it_was_looked_for_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "_FOLDERS", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(sample.SampleMissingError) as caught:
        sample.sample_clip()
    message = str(caught.value)
    assert str(tmp_path / "a") in message
    assert str(tmp_path / "b") in message
    assert "make_sample.py" in message

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.carrier import runner
from mfvis_engine.jobs.carrier.direct import DirectDesk, carry_out_here
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import UnknownBlobError
from mfvis_engine.jobs.events import Cancelled, Failed, Finished, FrameDone, Started
from mfvis_engine.training import NothingToLearnError
from tests.jobs.disc_job import NotingDesk, disc_job
from tests.training.scenes import LENGTH


def test_a_job_is_carried_out_to_its_end(tmp_path):
    desk = NotingDesk(tmp_path)
    job = disc_job(desk)
    carry_out_here(job, Path(job.clip.path), desk)
    assert isinstance(desk.events[0], Started)
    assert desk.events[-1] == Finished()
    assert len(desk.of(FrameDone)) == LENGTH


def test_what_goes_wrong_is_told_and_raised(tmp_path):
    desk = NotingDesk(tmp_path)
    job = disc_job(desk, annotations=Annotations(()))
    with pytest.raises(NothingToLearnError, match="Draw or import") as caught:
        carry_out_here(job, Path(job.clip.path), desk)
    assert desk.events[-1] == Failed(str(caught.value))


def test_an_interrupt_cancels(tmp_path, monkeypatch):
    def carry_out(job, clip_path, desk):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "carry_out", carry_out)
    desk = NotingDesk(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        carry_out_here(disc_job(desk), tmp_path, desk)
    assert desk.events == [Cancelled()]


def test_blobs_are_kept_by_their_content(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"weights")
    desk = DirectDesk(tmp_path, print, tmp_path / "blobs")
    sha256 = desk.keep_blob(path)
    assert sha256 == hashlib.sha256(b"weights").hexdigest() == desk.keep_blob(path)
    assert desk.blob(sha256).read_bytes() == b"weights"
    assert [file.name for file in desk.blobs_folder.iterdir()] == [sha256]
    with pytest.raises(UnknownBlobError, match="Train again"):
        desk.blob("0" * 64)


def test_its_wish_is_to_run(tmp_path):
    desk = DirectDesk(tmp_path, print, tmp_path, focus=3, done=(1, 2))
    assert (desk.wish(), desk.focus_frame(), tuple(desk.frames_done()), desk.attempt) == (Wish.RUN, 3, (1, 2), 1)


def test_it_loads_no_torch_before_a_job_is_carried_out():
    code = "import sys, mfvis_engine.jobs.carrier.direct; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

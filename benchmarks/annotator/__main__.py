"""Command line of `benchmarks.annotator`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import msgspec

import benchmarks.annotator
from benchmarks.annotator.annotator import Annotator, Pace
from benchmarks.annotator.answers import Answers
from benchmarks.annotator.figures import Figures, Queue, exported_masks
from benchmarks.annotator.tables import costs_table, outcome
from benchmarks.annotator.tally import Phase, Tally
from benchmarks.annotator.truth import Truth
from benchmarks.annotator.window import opened
from benchmarks.clips import Clip, read_clips
from benchmarks.interactive.__main__ import sample
from benchmarks.interactive.quality import j_of_clip


def measure(clip: Clip, pace: Pace, pictures: Path | None) -> Figures:
    """Does all of the work on a clip in a window of its own; its project lies in a folder that is deleted."""
    with tempfile.TemporaryDirectory(prefix="mfvis-annotator-") as name:
        folder = Path(name)
        video = _beside(folder, clip)
        tally = Tally()
        with opened(folder, Answers(video, folder), pictures) as window:
            person = Annotator(window, Truth(clip), tally, pace)
            if video.is_dir():
                person.open_folder()
            else:
                person.open_video()
            person.draw_boxes()
            person.train(Phase.TRAIN)
            j_trained = person.mean_j()
            person.review(Phase.REVIEW, paints=False)
            person.train(Phase.TRAIN_AGAIN)
            j_corrected = person.mean_j()
            person.review(Phase.REVIEW_AGAIN, paints=True)
            person.verify_all()
            exported = exported_masks(person.export(), clip.masks.shape)
        return Figures(
            clip=clip.name,
            frame_count=len(clip.masks),
            object_count=len(clip.track_ids),
            costs=tally.costs,
            j_trained=j_trained,
            j_corrected=j_corrected,
            j_exported=j_of_clip(person.as_objects(exported), clip.masks),
            queues=tuple(map(Queue.of, person.looked)),
            slips=person.slips,
            longest_s=window.longest_s,
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.annotator",
        description=benchmarks.annotator.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sample", action="store_true", help="the sample clip")
    parser.add_argument("--clips", type=Path, help="folder of clips, see benchmarks.clips")
    parser.add_argument("--clip", nargs="*", default=[], help="parts of the names of the clips; default: all")
    parser.add_argument("--every", type=int, default=Pace.every, help="a box every so many frames (default 10)")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the window at every stage")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    clips = [sample()] if options.sample else []
    if options.clips:
        clips += read_clips(options.clips, tuple(options.clip))
    if not clips:
        parser.error("say which clips: --sample, or --clips FOLDER")
    found = []
    for clip in clips:
        pictures = None if options.pictures is None else options.pictures / clip.name
        figures = measure(clip, Pace(every=options.every), pictures)
        print(f"{outcome(figures)}\n\n{costs_table(figures)}\n", flush=True)
        found.append(figures)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def _beside(folder: Path, clip: Clip) -> Path:
    """The video in a folder that can be written: a project is made beside it."""
    if clip.frames_dir.is_dir():
        video = folder / clip.name
        video.symlink_to(clip.frames_dir, target_is_directory=True)
    else:
        video = folder / clip.frames_dir.name
        shutil.copyfile(clip.frames_dir, video)
    return video


if __name__ == "__main__":
    main()

"""`python -m benchmarks.vis --out DIR`: trains and scores every arm; then a table and a chart of all scores in DIR.

An arm that is there already is not trained again, and one that was stopped goes on; `--arms` names some, so that two
can be trained side by side.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import msgspec
import torch

from benchmarks.vis.arms import Arm
from benchmarks.vis.chart import draw_chart
from benchmarks.vis.study import Scored, StudySettings, run_arm
from benchmarks.vis.tables import table
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import save_video_model
from mfvis_engine.training.synthetic_videos import SyntheticVideoSettings
from mfvis_engine.training.vis.progress import VisProgress
from mfvis_engine.training.vis.settings import SMALL, changed_settings

_REPORT_STEPS = 100

VIDEOS = SyntheticVideoSettings(
    own_texture_probability=1.0,
    own_colour_probability=1.0,
    ground_contrast=0.35,
    camouflage_probability=0.1,
    bar_probability=0.15,
    most_objects=3,
)
"""Objects of one class share a kind of texture and about a colour, before pale backgrounds: a small model's task."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="a folder for scores and models")
    parser.add_argument("--arms", nargs="*", type=Arm, default=list(Arm), help="which to train")
    parser.add_argument("--steps", type=int, default=SMALL.steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="of torch; all cores if not given")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the training")
    parser.add_argument("--chart", type=Path, help="where the chart goes, as .svg; DIR/chart.svg if not given")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    changes = dict(change.split("=", 1) for change in options.set)
    training = changed_settings(replace(SMALL, steps=options.steps, seed=options.seed), changes)
    settings = StudySettings(training, VIDEOS, seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    for arm in options.arms:
        if not _model_file(options.out, arm).exists():
            _train(arm, settings, options.out)
    scores = [scored for arm in Arm for scored in _read(options.out, arm)]
    print(table(scores))
    draw_chart(scores, options.chart or options.out / "chart.svg")


def _train(arm: Arm, settings: StudySettings, out: Path) -> None:
    def on_scored(scored: Scored) -> None:
        before = [one for one in _read(out, arm) if one.step < scored.step]
        _scores_file(out, arm).write_bytes(msgspec.json.format(msgspec.json.encode([*before, scored])))
        print(f"{arm}: step {scored.step}, AP {scored.ap:.3f}, AP50 {scored.ap50:.3f}", flush=True)

    def on_step(progress: VisProgress) -> None:
        if progress.step % _REPORT_STEPS == 0:
            terms = ", ".join(f"{name} {value:.2f}" for name, value in progress.terms if value)
            print(f"{arm}: step {progress.step} ({progress.elapsed_seconds:.0f} s), {terms}", flush=True)

    model = run_arm(arm, settings, Device.choose("cpu"), out / f"{arm}.training", on_scored, on_step)
    save_video_model(_model_file(out, arm), model, notes=f"benchmarks.vis, {arm}")


def _scores_file(out: Path, arm: Arm) -> Path:
    return out / f"{arm}.scores.json"


def _model_file(out: Path, arm: Arm) -> Path:
    return out / f"{arm}.safetensors"


def _read(out: Path, arm: Arm) -> list[Scored]:
    if not _scores_file(out, arm).exists():
        return []
    return msgspec.json.decode(_scores_file(out, arm).read_bytes(), type=list[Scored])


if __name__ == "__main__":
    main()

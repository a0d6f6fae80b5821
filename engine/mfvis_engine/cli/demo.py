"""`mfvis demo`: everything, on the sample clip."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import DeviceOption, SecondsOption, StepsOption
from mfvis_engine.cli.progress import JobBars
from mfvis_engine.cli.segment import say_report
from mfvis_engine.cli.terminal import say, say_facts, say_next, say_table

if TYPE_CHECKING:
    from mfvis_engine.actions.demo import DemoReport

EPILOG = """[bold]Example[/bold]

  mfvis demo --out demo-out

[bold]Then[/bold] do the same with a video of your own: mfvis new walk.mfvis walk.mp4
"""


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write into.")] = Path("demo-out"),
    steps: StepsOption = None,
    seconds: SecondsOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Show the whole way on a sample clip: from boxes to masks in about a minute.

    Makes a project, imports the clip's boxes, learns the masks, exports them as COCO-VIS, draws a picture, and measures
    them against the exact masks, which are known. An earlier demo in the folder is replaced; anything else stays.
    """
    with JobBars() as bars:
        from mfvis_engine.actions.demo import make_room, run_demo
        from mfvis_engine.actions.resumption import SegmentRequest
        from mfvis_engine.jobs.job import TrainingLimits

        replaced = make_room(out)
        report = run_demo(out, SegmentRequest(limits=TrainingLimits(steps, seconds), device=device), bars)
    if replaced:
        say(f"The earlier demo in {out} was replaced.")
    _say_report(report)
    say_next("mfvis", "new", "PROJECT", "VIDEO")


def _say_report(report: "DemoReport") -> None:
    say(f"Learned from {report.box_count} boxes, without any mask:")
    say_report(report.segment)
    say()
    say("Against the exact masks (J: intersection over union, 1 is perfect):")
    say_table(
        ("track", "category", "frames", "J of the masks", "J of the boxes"),
        [(q.track_id, q.category, q.frame_count, q.mask_j, q.box_j) for q in report.qualities],
    )
    say_facts(
        [
            ("Masks", f"{report.project_path / 'masks'} (zarr, T x Y x X, value = track id)"),
            ("COCO-VIS file", str(report.coco_vis_path.absolute())),
            ("Picture", str(report.picture_path.absolute())),
        ]
    )

"""`mfvis report`: what the masks cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.terminal import say, say_facts, say_next

if TYPE_CHECKING:
    from mfvis_engine.report import CostReport, Spent

EPILOG = """[bold]Examples[/bold]

  mfvis report walk.mfvis
  mfvis report walk.mfvis --json cost.json --picture cost.png

[bold]Then[/bold] hand the masks on: mfvis export walk.mfvis walk.json
"""


def report(
    project: ProjectArgument,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write it here, too.", show_default=False)
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Draw it, for a slide; .png or .jpg.", show_default=False)
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Show what the masks cost: boxes, a person's time, and how long polygons would have taken.

    Times are those that the project kept while a person worked, pauses cut off. Where none was kept, a published
    figure takes its place and is marked as an estimate.
    """
    from mfvis_engine.actions.cost import check_cost_files, write_cost_json, write_cost_picture
    from mfvis_engine.project import Project
    from mfvis_engine.report import cost_report

    with Project.open(project, read_only=True) as opened:
        check_cost_files(opened, json_out, picture, overwrite=overwrite)
        found = cost_report(opened)
    if json_out is not None:
        write_cost_json(found, json_out)
    if picture is not None:
        write_cost_picture(found, picture)
    say_facts(_facts(found))
    for line in _remarks(found):
        say(line)
    for path in (json_out, picture):
        if path is not None:
            say(f"Wrote {path}.")
    if not found.obtained_count:
        say_next("mfvis", "segment", project)


def _facts(found: "CostReport") -> list[tuple[str, str]]:
    from mfvis_engine.report import duration
    from mfvis_engine.report.published import POLYGON

    keyframes = ", ".join(f"{count} {origin.value}" for origin, count in found.keyframes_by_origin)
    masks = ", ".join(f"{count} {origin.value}" for origin, count in found.masks_by_origin)
    saving = "" if found.ratio is None else f", {found.ratio:.3g} times as long"
    corrections = f"{counted(found.corrected_count, 'mask')} edited, {counted(found.repair_count, 'track')} put right"
    return [
        ("Boxes drawn", str(found.drawn_count)),
        ("Keyframes", f"{keyframes}; {found.outside_count} outside"),
        ("Corrections", corrections),
        ("Masks", f"{masks}; {found.verified_count} verified (tracks x frames)"),
        ("Time spent", f"{duration(found.seconds)}{_estimated(found.estimated_seconds)}"),
        ("  on boxes", _spent(found.boxes, "box", "boxes")),
        ("  on corrections", _spent(found.corrections, "mask")),
        ("  on review", f"{duration(found.review_seconds)} recorded"),
        ("Polygons", f"{duration(found.polygon_seconds)} at {POLYGON.seconds:g} s a mask{saving}"),
    ]


def _spent(spent: "Spent", *nouns: str) -> str:
    from mfvis_engine.report import duration

    recorded = f"{duration(spent.recorded_seconds)} recorded"
    if not spent.unrecorded_count:
        return recorded
    each = spent.estimated_seconds / spent.unrecorded_count
    pieces = counted(spent.unrecorded_count, *nouns)
    return f"{recorded}; {duration(spent.estimated_seconds)} estimated for {pieces} without a record, {each:g} s each"


def _estimated(seconds: float) -> str:
    from mfvis_engine.report import duration

    return f", of which {duration(seconds)} are estimated" if seconds else ""


def _remarks(found: "CostReport") -> list[str]:
    from mfvis_engine.report.published import POLYGON

    remarks = [f"Published times: {POLYGON.source}, arXiv {POLYGON.arxiv}."]
    if found.obtained_count:
        remarks.append(
            f"The comparison holds for masks that are good enough: {found.verified_count} of {found.mask_count} are"
            " verified."
        )
    return remarks

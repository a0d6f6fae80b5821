"""`mfvis evaluate`: YouTube-VIS scores of a results file."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import OverwriteOption
from mfvis_engine.cli.terminal import say, say_table

EPILOG = """[bold]Example[/bold]

  mfvis evaluate truth.json walk.zip --json scores.json

[bold]Both files[/bold] can come from mfvis export: the truth with --format coco-vis, from a project whose masks were
verified, the results with --format coco-vis-results.
"""


def evaluate(
    ground_truth: Annotated[
        Path, typer.Argument(metavar="GT", help="YouTube-VIS ground truth, JSON.", show_default=False)
    ],
    results: Annotated[
        Path,
        typer.Argument(metavar="RESULTS", help="Results, JSON or a zip with results.json in it.", show_default=False),
    ],
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the scores here, too.", show_default=False)
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Score results against ground truth as YouTube-VIS does.

    Prints AP and AR, over all IoU thresholds, at 0.50 and 0.75, by size of the object, and with 1, 10 and 100 results a
    video; then AP by category. They equal the official evaluator's.
    """
    from mfvis_engine.actions.evaluation import check_scores_free, evaluate_files, write_evaluation
    from mfvis_engine.metrics import STAT_NAMES

    if json_out is not None:
        check_scores_free(json_out, (ground_truth, results), overwrite=overwrite)
    evaluation = evaluate_files(ground_truth, results)
    say_table(("", "score"), zip(STAT_NAMES, map(_shown, evaluation.stats), strict=True))
    names = zip(evaluation.category_ids, evaluation.category_names, strict=True)
    rows = [(*name, _shown(ap)) for name, ap in zip(names, evaluation.per_category_ap, strict=True)]
    say_table(("id", "category", "AP"), rows)
    if json_out is not None:
        write_evaluation(json_out, evaluation)
        say(f"Wrote {json_out}.")


def _shown(score: float) -> float | str:
    return "none" if score == -1 else score

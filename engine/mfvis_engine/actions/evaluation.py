"""YouTube-VIS scores of a results file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.actions.errors import OutputExistsError
from mfvis_engine.actions.output import check_replaceable, holds_report, write_json
from mfvis_engine.formats.coco_vis.read import load_results_json
from mfvis_engine.formats.json_file import load_json
from mfvis_engine.metrics import (
    STAT_NAMES,
    YoutubeVisFormatError,
    evaluate_youtube_vis,
    parse_ground_truth,
    parse_results,
)


@dataclass(frozen=True)
class Evaluation:
    """Scores with the names of what they measure; -1 where there is nothing to measure.

    Attributes:
        stats: The 12 numbers in the official order.
        per_category_ap: AP of each category, by category id.
        category_ids: Ascending.
        category_names: In the order of `category_ids`.
    """

    stats: tuple[float, ...]
    per_category_ap: tuple[float, ...]
    category_ids: tuple[int, ...]
    category_names: tuple[str, ...]


def evaluate_files(ground_truth_path: Path, results_path: Path) -> Evaluation:
    """Scores a results file (JSON, or a zip with `results.json`) against a ground truth file.

    Raises:
        FormatError: A file is no JSON.
        YoutubeVisFormatError: A value in one is wrong.
    """
    root, found_tracks = load_json(ground_truth_path), load_results_json(results_path)
    with _named(ground_truth_path):
        ground_truth = parse_ground_truth(root.value)
    with _named(results_path):
        results = parse_results(found_tracks.value, ground_truth)
    scores = evaluate_youtube_vis(ground_truth, results)
    names = {node.get("id").integer(): node.find("name") for node in root.get("categories").items()}
    found = {category_id: name.text() if name else str(category_id) for category_id, name in names.items()}
    category_ids = tuple(category_id for category_id, _ in scores.per_category_ap)
    return Evaluation(
        stats=scores.stats,
        per_category_ap=tuple(ap for _, ap in scores.per_category_ap),
        category_ids=category_ids,
        category_names=tuple(found[category_id] for category_id in category_ids),
    )


def check_scores_free(path: Path, inputs: tuple[Path, ...], *, overwrite: bool) -> None:
    """Refuses a place for the scores where something would be lost.

    Raises:
        OutputExistsError: The file is one of `inputs`; or it is there, is no earlier evaluation, and `overwrite` is
            false.
    """
    if any(path.exists() and given.exists() and path.samefile(given) for given in inputs):
        raise OutputExistsError(f"{path} is one of the files to evaluate. Give --json another name.")
    check_replaceable(path, overwrite=overwrite or holds_report(path, "per_category_ap"))


def write_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Writes the scores as JSON; raises as `write_json`."""
    content = {
        "stats": evaluation.stats,
        "stat_names": STAT_NAMES,
        "per_category_ap": evaluation.per_category_ap,
        "category_ids": evaluation.category_ids,
        "category_names": evaluation.category_names,
    }
    write_json(path, content)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Puts the name of the file before what is wrong with it."""
    try:
        yield
    except YoutubeVisFormatError as error:
        raise YoutubeVisFormatError(f"{path.name}: {error}") from error

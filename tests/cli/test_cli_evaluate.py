import json

import pytest

from mfvis_engine.metrics import STAT_NAMES
from tests.cli.conftest import said


@pytest.fixture
def files(run, masked_project, tmp_path):
    """The masks of a project as ground truth, and as results zipped and not."""
    run("export", masked_project, tmp_path / "truth.json")
    for name in ("results.json", "results.zip"):
        run("export", masked_project, tmp_path / name, "--format", "coco-vis-results")
    return tmp_path


@pytest.mark.parametrize("name", ["results.json", "results.zip"])
def test_masks_against_themselves_are_perfect(run, files, name):
    done = run("evaluate", files / "truth.json", files / name, "--json", files / "scores.json")
    assert done.exit_code == 0
    assert all(name in done.stdout for name in STAT_NAMES)
    scores = json.loads((files / "scores.json").read_text(encoding="utf-8"))
    assert scores["stats"] == pytest.approx([1, 1, 1, 1, -1, -1, 1, 1, 1, 1, -1, -1])
    assert scores["per_category_ap"] == pytest.approx([1, 1])
    assert scores["category_names"] == ["cell", "egg"]


def test_a_track_that_is_missed_costs_its_category(run, files):
    results = json.loads((files / "results.json").read_text(encoding="utf-8"))
    (files / "one.json").write_text(json.dumps(results[1:]), encoding="utf-8")
    done = run("evaluate", files / "truth.json", files / "one.json", "--json", files / "scores.json")
    assert "AP50 │ 0.500" in said(done.stdout)
    assert json.loads((files / "scores.json").read_text(encoding="utf-8"))["per_category_ap"] == [0, pytest.approx(1)]


def test_scores_replace_earlier_scores_but_not_other_files_nor_what_was_evaluated(run, files):
    truth = (files / "truth.json").read_bytes()
    words = ("evaluate", files / "truth.json", files / "results.json", "--json")
    (files / "scores.json").touch()
    for _ in range(2):  # over an empty file, and over its own scores
        assert run(*words, files / "scores.json").exit_code == 0
    for other in ("[1]", '{"stats": 1}', "boxes"):
        (files / "other.json").write_text(other, encoding="utf-8")
        assert "is there already" in run(*words, files / "other.json").stderr
        assert (files / "other.json").read_text(encoding="utf-8") == other
    assert run(*words, files / "other.json", "--overwrite").exit_code == 0
    refused = run(*words, files / "truth.json", "--overwrite")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "is one of the files to evaluate" in said(refused.stderr)
    assert (files / "truth.json").read_bytes() == truth


@pytest.mark.parametrize(
    ("truth", "results", "message"),
    [
        ("gone.json", "results.json", "gone.json cannot be read"),
        ("truth.json", "gone.json", "gone.json cannot be read"),
        ("results.json", "truth.json", "results.json: the ground truth"),  # the wrong way round
        ("truth.json", "truth.json", "truth.json: The results are a JSON object, not an array"),
    ],
)
def test_files_that_cannot_be_evaluated_are_told(run, files, truth, results, message):
    done = run("evaluate", files / truth, files / results)
    assert done.exit_code == 1
    assert message in said(done.stderr)

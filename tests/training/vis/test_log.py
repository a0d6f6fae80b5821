import csv

import pytest

from mfvis_engine.training.vis import log
from mfvis_engine.training.vis.log import TABLE, TrainingLog
from mfvis_engine.training.vis.progress import PARTS, VisProgress


def progress(step, total=2.0, surplus_count=0):
    seconds = tuple((part, 0.5) for part in PARTS)
    terms = (("classes", total - 0.5), ("projection", 0.5))
    return VisProgress(step, 100, total, terms, 1e-4, seconds, step * 1.5, surplus_count)


def written(folder, steps, *, after=0, total=2.0):
    training_log = TrainingLog(folder, after)
    for step in steps:
        training_log.add(progress(step, total))
    training_log.close()


def rows(folder):
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scalars(folder, name):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return [(event.step, pytest.approx(event.value)) for event in events.Scalars(name)]


def test_a_row_tells_losses_rate_and_seconds(tmp_path):
    training_log = TrainingLog(tmp_path, 0)
    training_log.add(progress(1, surplus_count=3))
    training_log.close()
    (row,) = rows(tmp_path)
    assert row["step"] == "1"
    assert (row["total"], row["classes"], row["projection"]) == ("2", "1.5", "0.5")
    assert (row["rate"], row["elapsed_seconds"], row["surplus_count"]) == ("0.0001", "1.5", "3")
    assert [row[f"{part}_seconds"] for part in PARTS] == ["0.5000"] * len(PARTS)


def test_what_came_after_the_step_gone_on_from_is_dropped(tmp_path):
    written(tmp_path, range(1, 6))
    written(tmp_path, [4, 5, 6], after=3, total=7.0)
    assert [(row["step"], row["total"]) for row in rows(tmp_path)] == [
        *(("1", "2"), ("2", "2"), ("3", "2")),
        *(("4", "7"), ("5", "7"), ("6", "7")),
    ]


def test_a_row_that_was_cut_off_is_dropped(tmp_path):
    written(tmp_path, [1, 2])
    with (tmp_path / TABLE).open("a", encoding="utf-8", newline="") as file:
        file.write("3,1.5,0.0")
    written(tmp_path, [3], after=3)
    assert [row["step"] for row in rows(tmp_path)] == ["1", "2", "3"]
    assert list(tmp_path.glob("*.partial")) == []


def test_a_new_training_begins_a_new_table(tmp_path):
    written(tmp_path, [1, 2])
    written(tmp_path, [])
    assert not (tmp_path / TABLE).exists()
    written(tmp_path, [1])
    assert [row["step"] for row in rows(tmp_path)] == ["1"]


@pytest.mark.skipif(not log.HAS_TENSORBOARD, reason="TensorBoard is not installed")
def test_tensorboard_reads_the_curves_and_drops_what_was_dropped(tmp_path):
    written(tmp_path, [1, 2, 3])
    written(tmp_path, [3, 4], after=2, total=7.0)
    assert scalars(tmp_path, "loss/total") == [(1, 2), (2, 2), (3, 7), (4, 7)]
    assert scalars(tmp_path, "loss/projection") == [(1, 0.5), (2, 0.5), (3, 0.5), (4, 0.5)]
    assert scalars(tmp_path, "training/rate")[0] == (1, 1e-4)
    assert scalars(tmp_path, "training/surplus_count")[0] == (1, 0)
    assert scalars(tmp_path, f"seconds/{PARTS[0]}")[0] == (1, 0.5)


@pytest.mark.skipif(not log.HAS_TENSORBOARD, reason="TensorBoard is not installed")
def test_a_new_training_takes_the_place_of_the_curves_before(tmp_path):
    written(tmp_path, [1, 2, 3])
    written(tmp_path, [1, 2], total=7.0)
    assert scalars(tmp_path, "loss/total") == [(1, 7), (2, 7)]


def test_without_tensorboard_there_is_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "HAS_TENSORBOARD", False)
    written(tmp_path, [1])
    assert [path.name for path in tmp_path.iterdir()] == [TABLE]

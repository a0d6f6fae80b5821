import pytest

pytestmark = pytest.mark.gui


def test_the_timeline_is_measured_in_both_windows(tmp_path, qtbot):
    from benchmarks.timeline import measure

    rows = list(measure(frames=60, tracks=3, repeats=2, folder=tmp_path))

    assert {row.window for row in rows} == {"dock", "all rows"}
    assert {"first picture", "cursor move", "scrub, five mouse moves", "zoom step"} <= {row.what for row in rows}
    assert all(0 < row.median_ms <= row.worst_ms for row in rows)

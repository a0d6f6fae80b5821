from benchmarks.project import Size, measure


def test_a_small_project_is_measured(tmp_path):
    size = Size(frames=20, height=72, width=128, tracks=5, keyframes=20, masked_frames=5)
    rows = list(measure(size, 1, tmp_path))
    assert {row.unit for row in rows} == {"s", "ms", "MiB", "bytes"}
    # Memory and the log grow by whole pages.
    assert all(row.value > 0 for row in rows if row.unit != "MiB" and not row.what.startswith("log"))

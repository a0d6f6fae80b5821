from benchmarks.export import Scene, measure


def test_both_exports_hold_the_same_masks():
    """`measure` stops if they do not."""
    figures = measure(Scene(frames=3, tracks=4, height=60, width=80))
    assert figures.file_bytes > figures.plain_file_bytes > 1000
    assert figures.time_ratio > 0

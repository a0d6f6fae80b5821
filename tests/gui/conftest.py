import os
import sys

import pytest

pytest.importorskip("napari", reason="the window's tests need napari and a Qt binding: make test installs both")

HAS_DISPLAY = sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def pytest_collection_modifyitems(items):
    # Qt aborts the whole process where there is no display.
    if not HAS_DISPLAY:
        for item in items:
            if item.get_closest_marker("gui"):
                item.add_marker(pytest.mark.skip(reason="no display: run under xvfb-run, as make test does"))

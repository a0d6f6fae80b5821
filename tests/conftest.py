"""What all tests share."""

import os
import signal

import hypothesis
import pytest

# A busy machine fails no test: what takes long is for benchmarks.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

if "PYTEST_XDIST_WORKER" in os.environ:  # each of these processes has a core: more threads of torch would only wait
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Which tests run in one process, where they run in several (`pytest -n 2`)."""
    from xdist.scheduler import LoadFileScheduling

    class FilesWhole(LoadFileScheduling):
        """Those of a file, which share fixtures; and all of windows, which share a display and its focus."""

        def _split_scope(self, nodeid):
            return "windows" if nodeid.startswith("tests/gui/") else super()._split_scope(nodeid)

    config.option.loadscopereorder = False  # by their number: files of few tests take long here, and would come last
    return FilesWhole(config, log)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heeded():
    """Where the tests run in the background, a shell may have had Ctrl+C ignored, and processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def one_thread():
    """Sums of several threads differ in the last digits, from process to process too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

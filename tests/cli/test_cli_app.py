import subprocess
import sys
import warnings
from importlib.metadata import version

import pytest

from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Project
from tests.cli.conftest import said

COMMANDS = (
    *("demo", "new", "boxes import", "segment", "preview", "export", "evaluate", "info"),
    *("import", "report", "undo", "redo", "log", "relink", "check", "backup"),
    *(f"tracks {verb}" for verb in ("list", "merge", "split", "swap", "delete", "rename", "end")),
    *("runs list", "runs accept", "runs reject", "runs delete"),
    *("engine certificates", "engine serve", "engine work", "engine jobs", "batch"),
)


def run_process(*words, code=None):
    """Runs `mfvis` (or Python code) in a process of its own."""
    program = ["-c", code] if code else ["-m", "mfvis_engine.cli"]
    return subprocess.run(
        [sys.executable, *program, *words], capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def test_help_shows_the_way_and_loads_nothing_heavy():
    done = run_process(
        code=(
            "import sys\n"
            "from mfvis_engine.cli.app import app\n"
            "app(['--help'], standalone_mode=False)\n"
            "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
        )
    )
    assert done.returncode == 0
    steps = ["mfvis new", "mfvis boxes import", "mfvis segment", "mfvis preview", "mfvis export"]
    places = [done.stdout.index(step) for step in steps]
    assert places == sorted(places)
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert not loaded & {"torch", "numba", "numpy", "pandas", "zarr", "av", "PIL", "scipy", "skimage"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_an_example_and_says_what_comes_next(run, command):
    done = run(*command.split(), "--help")
    assert done.exit_code == 0
    text = said(done.stdout)
    assert f"Example mfvis {command}" in text.replace("Examples", "Example") or command == "boxes import"
    assert "Then" in text or command == "evaluate"


def test_version(run):
    done = run("--version")
    assert (done.exit_code, done.stdout) == (0, f"mfvis {version('mfvis-napari')}\n")


@pytest.mark.parametrize(
    "words",
    [
        ("segment",),  # no project
        ("nonsense",),
        ("segment", "walk", "--steps", "0"),
        ("export", "walk", "out", "--format", "xml"),
        ("boxes", "import", "walk", "boxes.csv", "--format", "xml"),
    ],
)
def test_wrong_usage_is_2(run, words):
    assert run(*words).exit_code == 2


def test_a_mistake_is_told_in_one_message_without_a_traceback():
    done = run_process("info", "nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "nowhere.mfvis. Make a project: mfvis new" in done.stderr
    assert len(done.stderr.splitlines()) == 1


ARGUMENTS = {
    "export": ["out.json"],
    "preview": ["out.png"],
    "relink": ["walk.mp4"],
    "runs delete": ["1a2b"],
    "tracks delete": ["1"],
    "tracks merge": ["1", "--into", "2"],
}


@pytest.mark.parametrize(
    "command",
    [
        *("segment", "info", "export", "preview", "boxes import", "report", "undo", "redo", "log", "relink"),
        *("tracks list", "tracks delete", "tracks merge", "runs list", "runs accept", "runs reject", "runs delete"),
    ],
)
def test_a_missing_project_is_told_by_every_command(run, tmp_path, boxes_path, command):
    more = [boxes_path] if command == "boxes import" else ARGUMENTS.get(command, [])
    done = run(*command.split(), tmp_path / "gone", *more)
    assert done.exit_code == 1
    assert "gone.mfvis. Make a project" in said(done.stderr)


@pytest.mark.parametrize(
    ("raised", "exit_code", "message"),
    [
        (MfvisError("The moon is full. Wait."), 1, "Error: The moon is full. Wait."),
        (PermissionError(13, "Permission denied", "walk"), 1, "Permission denied: 'walk'"),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_exit_codes_of_what_commands_raise(run, monkeypatch, raised, exit_code, message):
    def refuse(*_args, **_options):
        raise raised

    monkeypatch.setattr(Project, "open", refuse)
    done = run("info", "walk")
    assert done.exit_code == exit_code
    assert message in done.stderr
    assert done.stdout == ""


def test_a_bug_is_not_dressed_up_as_a_mistake_of_the_user(run, monkeypatch):
    def fail(*_args, **_options):
        raise AssertionError

    monkeypatch.setattr(Project, "open", fail)
    assert isinstance(run("info", "walk").exception, AssertionError)


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line(run, monkeypatch, empty_project):
    opened = Project.open

    def warn_and_open(*args, **options):
        warnings.warn("clip.mp4 is cut off.", UserWarning, stacklevel=2)
        return opened(*args, **options)

    monkeypatch.setattr(Project, "open", warn_and_open)
    done = run("info", empty_project)
    assert done.exit_code == 0
    assert done.stderr == "Warning: clip.mp4 is cut off.\n"


def test_an_interruption_while_the_program_loads_leaves_no_traceback():
    done = run_process(
        code=(
            "import sys, builtins\n"
            "load = builtins.__import__\n"
            "def interrupt(name, *rest):\n"
            "    if name == 'typer':\n"
            "        raise KeyboardInterrupt\n"
            "    return load(name, *rest)\n"
            "builtins.__import__ = interrupt\n"
            "from mfvis_engine.cli import main\n"
            "main()"
        )
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")

"""The repository keeps its promises: layout, licence, pinned versions, and the directions of imports."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENGINE = ROOT / "engine" / "mfvis_engine"
PACKAGES = (
    "actions",
    "annotation",
    "cli",
    "formats",
    "inference",
    "jobs",
    "losses",
    "metrics",
    "models",
    "preview",
    "project",
    "report",
    "review",
    "training",
    "video",
)
WITHOUT_TORCH = ("annotation", "formats", "metrics", "project", "report", "video")


def run_python(code):
    """Runs `code` in a new interpreter and returns what it prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_is_in_it(package):
    lines = (ENGINE / package / "__init__.py").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('"""')


def test_tests_lie_where_their_packages_do():
    tests = ROOT / "tests"
    folders = {path.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")}
    assert folders <= {*PACKAGES, "benchmarks", "gui", "mfvis_napari", "sample_data"}


def test_importing_the_whole_engine_loads_no_window():
    loaded = run_python(
        "import importlib, pkgutil, sys, mfvis_engine\n"
        "for module in pkgutil.walk_packages(mfvis_engine.__path__, 'mfvis_engine.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ).split()
    assert "mfvis_engine" in loaded
    assert not {"mfvis_napari", "napari", "qtpy", "magicgui", "superqt", "PyQt6", "PySide6"} & set(loaded)


def test_what_the_plugin_reads_and_writes_loads_no_torch():
    imports = ", ".join(f"mfvis_engine.{package}" for package in WITHOUT_TORCH)
    assert run_python(f"import sys, {imports}\nprint('torch' in sys.modules)").strip() == "False"


@pytest.fixture(scope="module")
def copied_sources(tmp_path_factory):
    """A copy of the packages and of the import contracts, to be broken."""
    root = tmp_path_factory.mktemp("sources")
    for folder in ("engine", "mfvis_napari"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def lint_imports(root):
    """Checks the import contracts of the sources at `root`, and returns (exit code, report)."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "engine"), str(root)])}
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


def test_the_sources_keep_the_import_contracts(copied_sources):
    code, report = lint_imports(copied_sources)
    assert code == 0, report


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("engine/mfvis_engine/video", "qtpy", "The engine knows no Qt and no napari"),
        ("engine/mfvis_engine/cli", "mfvis_napari", "The engine knows no Qt and no napari"),
        ("mfvis_napari", "torch", "The plugin imports no torch"),
        ("engine/mfvis_engine/annotation", "mfvis_engine.project", "Boxes flow one way"),
        ("engine/mfvis_engine/project", "mfvis_engine.formats", "Boxes flow one way"),
        ("engine/mfvis_engine/losses", "mfvis_engine.training", "Learning flows one way"),
        ("engine/mfvis_engine/models", "mfvis_engine.cli", "Learning flows one way"),
        ("engine/mfvis_engine/formats", "torch", "What the plugin reads and writes needs no torch"),
        ("engine/mfvis_engine/metrics", "mfvis_engine.formats", "The metrics judge from outside"),
    ],
)
def test_an_import_the_wrong_way_breaks_a_contract(copied_sources, importer, imported, contract):
    intruder = copied_sources / importer / "intruder.py"
    intruder.write_text(f"import {imported}\n", encoding="utf-8")
    try:
        code, report = lint_imports(copied_sources)
    finally:
        intruder.unlink()
    assert code == 1
    assert re.search(rf"{re.escape(contract)}.* BROKEN", report), report


def requirements():
    """Every direct requirement of the distribution and its extras."""
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for group in (PROJECT["dependencies"], *extras) for text in group]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_requirement_has_a_tested_version_in_its_range(requirement):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    tested = {canonicalize_name(name): version for name, version in pins.items()}
    assert requirement.specifier.contains(tested[canonicalize_name(requirement.name)])


def test_constraints_are_free_of_one_machines_ways():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"\+|://|^-|@", text, flags=re.MULTILINE)


def test_the_licence_is_the_one_declared():
    assert PROJECT["license"] == "BSD-3-Clause"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("BSD 3-Clause License")
    assert "Neither the name of the copyright holder" in " ".join(text.split())


def test_the_changelog_speaks_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[(.+?)\]", text, flags=re.MULTILINE)[1] == PROJECT["version"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no executable bit")
def test_continuous_integration_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)

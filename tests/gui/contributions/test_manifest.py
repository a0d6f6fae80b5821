"""The manifest is valid, leads to functions that are there, and napari shows what it offers."""

import subprocess
import sys
from pathlib import Path

import npe2.cli
import pytest
from napari._app_model import get_app_model
from napari._app_model.constants import MenuId
from qtpy.QtWidgets import QFileDialog
from typer.testing import CliRunner

import mfvis_napari
from mfvis_napari.contributions import commands
from mfvis_napari.requests import Request
from mfvis_napari.widgets.main import MaskFreeVis

MANIFEST = Path(mfvis_napari.__file__).with_name("napari.yaml")
LINK = MANIFEST.parents[1] / "napari.yaml"
PLUGIN = "mfvis-napari"


@pytest.fixture
def manifest(npe2pm):
    with npe2pm.tmp_plugin(manifest=str(MANIFEST)):
        yield npe2pm.get_manifest(PLUGIN)


@pytest.mark.skipif(not (LINK.parent / "pyproject.toml").is_file(), reason="not a checkout")
def test_the_top_level_file_is_the_manifest():
    text = LINK.read_text(encoding="utf-8")
    # Where a checkout knows no links, a link is a file that holds its target.
    assert text in (MANIFEST.read_text(encoding="utf-8"), "mfvis_napari/napari.yaml")


@pytest.mark.parametrize("option", [[], ["--imports"]])
def test_npe2_finds_it_valid(option):
    ran = CliRunner().invoke(npe2.cli.app, ["validate", *option, str(MANIFEST)])
    assert ran.exit_code == 0, ran.output


def test_the_installed_package_announces_it():
    found = npe2.PluginManifest.from_distribution(PLUGIN)
    assert [widget.display_name for widget in found.contributions.widgets] == ["Mask-free VIS"]


def test_its_menus_are_napari_s(manifest):
    assert set(manifest.contributions.menus) <= {str(menu) for menu in MenuId.contributables()}


def test_every_command_is_used(manifest):
    offers = manifest.contributions
    in_menus = {item.command for items in offers.menus.values() for item in items}
    others = (*offers.readers, *offers.writers, *offers.widgets, *offers.sample_data)
    assert {command.id for command in offers.commands} == in_menus | {one.command for one in others}


def test_nothing_heavy_is_imported_to_answer_that_a_file_is_not_ours(tmp_path):
    (tmp_path / "settings.json").write_text('{"a": 1}')
    code = (
        "import sys; from mfvis_napari.contributions import readers, samples, writers\n"
        f"assert readers.coco_vis_reader({str(tmp_path / 'settings.json')!r}) is None\n"
        f"assert readers.project_reader({str(tmp_path)!r}) is None\n"
        "heavy = {'torch', 'numpy', 'napari', 'qtpy', 'zarr', 'pandas', 'dask'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gui
def test_menus_open_the_annotator_once(fresh_viewer, monkeypatch):
    asked = []
    annotator = commands.annotator(fresh_viewer)
    annotator.workspace.requested.connect(asked.append)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))

    commands.open_video(fresh_viewer)
    commands.export_masks(fresh_viewer)

    assert isinstance(annotator, MaskFreeVis)
    assert commands.annotator(fresh_viewer) is annotator
    assert asked == [Request.OPEN]  # and no export, since no project is open
    in_menus = get_app_model().commands
    assert {"mfvis-napari.annotator", "mfvis-napari.open", "mfvis-napari.export"} <= {id_ for id_, _ in in_menus}
    annotator.shut_down()

"""What a person set in napari's preferences, as far as it can be used."""

import warnings
from pathlib import Path

import pytest

from mfvis_napari.preferences import PLUGIN_NAME, Preferences
from tests.gui.contributions.test_manifest import MANIFEST


def test_napari_that_does_not_know_us_gives_the_defaults(plugin_settings):
    assert Preferences.read() == Preferences()


def test_the_manifest_s_defaults_are_ours(plugin_settings, npe2pm):
    with npe2pm.tmp_plugin(manifest=str(MANIFEST)):
        assert Preferences.read() == Preferences()


def test_what_was_set_is_read(plugin_settings, npe2pm, tmp_path):
    from napari.settings import get_plugin_settings

    with npe2pm.tmp_plugin(manifest=str(MANIFEST)):
        settings = get_plugin_settings(PLUGIN_NAME)
        settings.engine.address = " tls://gpu:8786 "
        settings.engine.certificates = str(tmp_path)
        settings.engine.device = "cpu"
        settings.annotation.default_category = "zebrafish"

        assert Preferences.read() == Preferences("tls://gpu:8786", tmp_path, "cpu", "zebrafish")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("address", "  ", None),
        ("certificates", " ", None),
        ("certificates", "~/keys", Path.home() / "keys"),
        ("device", "tpu", "auto"),
        ("default_category", " ", "object"),
        ("default_category", "a\nb", "object"),
        ("default_category", " cell ", "cell"),
    ],
)
def test_what_cannot_be_used_is_as_if_it_were_not_set(field, text, value):
    texts = {"address": "", "certificates": "", "device": "auto", "default_category": "object"}
    parsed = Preferences.parse(**(texts | {field: text}))
    assert getattr(parsed, "engine" if field == "address" else field) == value


@pytest.mark.parametrize("text", ["engine: {device: tpu}", "engine: 3", "engine: {", ""])
def test_a_damaged_file_of_settings_gives_the_defaults(plugin_settings, npe2pm, tmp_path, text):
    (tmp_path / f"{PLUGIN_NAME}.yaml").write_text(text)
    with npe2pm.tmp_plugin(manifest=str(MANIFEST)), warnings.catch_warnings(action="ignore"):
        assert Preferences.read() == Preferences()

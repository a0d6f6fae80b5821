"""What the window says of errors whose own message names a command."""

import pytest

from mfvis_engine.actions import errors as actions_errors
from mfvis_engine.actions.errors import NoMasksError, OutputExistsError, TracksExistError
from mfvis_engine.actions.export import export_project
from mfvis_engine.errors import MfvisError
from mfvis_engine.formats.registry import FileFormat
from mfvis_engine.jobs import errors as jobs_errors
from mfvis_engine.models.device import DeviceError
from mfvis_engine.project import errors as project_errors
from mfvis_napari.messages import Messages
from mfvis_napari.remedies import REMEDIES, words_of


def test_the_window_has_a_remedy_of_its_own():
    error = NoMasksError("walk has no masks yet.", command="Make them first: mfvis segment walk")
    assert str(error) == "walk has no masks yet. Make them first: mfvis segment walk"
    assert words_of(error) == "walk has no masks yet. Train first (T), or import masks."


def test_a_message_without_a_command_is_said_as_it_is():
    assert words_of(OutputExistsError("It lies in the project. Choose another place.")).endswith("another place.")
    assert words_of(ValueError("3")) == "3"


def test_where_the_window_has_no_remedy_no_command_is_named():
    assert words_of(TracksExistError("Track 1 is there.", command="Give --replace.")) == "Track 1 is there."


@pytest.mark.parametrize("name", REMEDIES)
def test_every_remedy_is_of_an_error_that_there_is(name):
    modules = (actions_errors, jobs_errors, project_errors)
    kinds = [getattr(module, name) for module in modules if hasattr(module, name)] or [DeviceError]
    assert kinds[0].__name__ == name
    assert issubclass(kinds[0], MfvisError)


def test_the_message_line_names_no_command(session, tmp_path):
    said = []
    messages = Messages()
    messages.said.connect(lambda message: said.append(message.text))
    messages.guarded(export_project)(session.project, tmp_path / "walk.json", FileFormat.COCO_VIS_RESULTS)
    assert "mfvis" not in said[0].replace("walk.mfvis", "")
    assert said[0].endswith("Train first (T), or import masks.")

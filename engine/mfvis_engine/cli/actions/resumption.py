"""Going on with a segment run that was cancelled, killed or failed: with the same settings and the same boxes."""

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.cli.actions.errors import CannotResumeError
from mfvis_engine.project import Project, RunInfo, RunStatus
from mfvis_engine.project.values import JsonObject
from mfvis_engine.training import FineTuneSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_D = TypeVar("_D", bound="DataclassInstance")

COMMAND = "segment"
"""What a run's settings call the command that made it."""


def unfinished_run(project: Project) -> RunInfo:
    """The newest run of `mfvis segment`, which has not finished.

    Raises:
        CannotResumeError: There is none, or it has finished.
    """
    runs = [info for info in project.runs() if info.settings.get("command") == COMMAND]
    if not runs:
        raise CannotResumeError(f"{project.path} has no run to go on with. Start one: mfvis segment {project.path}")
    newest = runs[-1]
    if newest.status is RunStatus.FINISHED:
        raise CannotResumeError(
            f"The newest run, {newest.run_id}, has finished, so there is nothing to go on with. To train anew:"
            f" mfvis segment {project.path}"
        )
    return newest


def check_same_boxes(project: Project, info: RunInfo, boxes: DenseBoxes) -> None:
    """Raises CannotResumeError where the boxes are not those that the run began with."""
    recorded = info.settings.get("boxes")
    if recorded != digest_of(boxes):
        what = "does not tell from which boxes it learns" if recorded is None else "began with other boxes"
        raise CannotResumeError(
            f"Run {info.run_id} {what}, so going on would mix the two. Train anew with the boxes as they are now:"
            f" mfvis segment {project.path}; or take the change of the boxes back: mfvis undo {project.path}"
        )


def digest_of(boxes: DenseBoxes) -> str:
    """What boxes are recognised by: the SHA-256 of their tracks, coordinates and origins."""
    digest = hashlib.sha256()
    for array in (boxes.track_ids, boxes.boxes_xyxy, boxes.origin):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def recorded_settings(info: RunInfo) -> FineTuneSettings:
    """The settings of training that a run was made with.

    Raises:
        ProjectDamagedError: One is missing or of another type.
    """
    place = f"the settings of run {info.run_id}"
    return _filled(FineTuneSettings(), JsonObject(info.settings, place).object("settings"))


def _filled(default: _D, recorded: JsonObject) -> _D:
    """A dataclass of numbers, and of other such dataclasses, with the values that were recorded of it."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(default):
        value = getattr(default, field.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            values[field.name] = _filled(value, recorded.object(field.name))
        else:
            values[field.name] = recorded.get(field.name, type(value))
    return dataclasses.replace(default, **values)

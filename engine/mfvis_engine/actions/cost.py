"""A cost report as files."""

from pathlib import Path

from PIL import Image

from mfvis_engine.actions.errors import OutputKindError
from mfvis_engine.actions.output import check_free, write_json
from mfvis_engine.actions.preview import PICTURE_SUFFIXES
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.project import Project
from mfvis_engine.report import CostReport, draw_cost, to_json


def check_cost_files(project: Project, json_path: Path | None, picture_path: Path | None, *, overwrite: bool) -> None:
    """Refuses files for a report that cannot be written, before anything is counted.

    Raises:
        OutputKindError: The name of the picture ends in something else than .png or .jpg.
        OutputExistsError: As `check_free`.
    """
    if picture_path is not None and picture_path.suffix.lower() not in PICTURE_SUFFIXES:
        raise OutputKindError(f"{picture_path.name} is no name of a picture: end it in {', '.join(PICTURE_SUFFIXES)}.")
    for path in (json_path, picture_path):
        if path is not None:
            check_free(path, project, overwrite=overwrite)


def write_cost_json(report: CostReport, path: Path) -> None:
    """Writes a report as JSON; raises as `write_json`."""
    write_json(path, to_json(report))


def write_cost_picture(report: CostReport, path: Path) -> None:
    """Draws a report into a file, over an earlier one; its folder is made if missing.

    Raises:
        FormatError: There is a folder of this name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(draw_cost(report))
    with replaced_when_done(path) as unfinished:
        picture.save(unfinished, quality=92)

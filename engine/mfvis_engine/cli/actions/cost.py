"""A cost report as files."""

from pathlib import Path

from PIL import Image

from mfvis_engine.cli.actions.errors import OutputKindError
from mfvis_engine.cli.actions.output import check_free, write_json
from mfvis_engine.cli.actions.preview import PICTURE_SUFFIXES
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.project import Project
from mfvis_engine.report import CostReport, draw_cost, to_json


def write_cost_json(project: Project, report: CostReport, path: Path) -> None:
    """Writes a report as JSON; raises as `write_json`."""
    write_json(path, to_json(report), project)


def write_cost_picture(project: Project, report: CostReport, path: Path) -> None:
    """Draws a report into a file, over an earlier one.

    Raises:
        OutputKindError: The name ends in something else than .png or .jpg.
        OutputExistsError: The file would change the project's video, or lie in the project folder.
    """
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise OutputKindError(f"{path.name} is no name of a picture: end it in {', '.join(PICTURE_SUFFIXES)}.")
    check_free(path, project, overwrite=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(draw_cost(report))
    with replaced_when_done(path) as unfinished:
        picture.save(unfinished, quality=92)

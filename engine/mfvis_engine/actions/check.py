"""The report of a check as a file."""

from pathlib import Path

from mfvis_engine.actions.output import check_free, check_outside, write_json
from mfvis_engine.project import CheckReport, Project, ProjectError
from mfvis_engine.project.layout import found


def check_report_free(path: Path, project_path: Path, *, overwrite: bool) -> None:
    """Refuses a place for the report where something would be lost; the project may be damaged.

    Raises:
        OutputExistsError: As `check_free`.
    """
    folder = found(project_path)
    try:
        with Project.open(folder, read_only=True) as project:
            check_free(path, project, overwrite=overwrite)
    except ProjectError:
        check_outside(path, folder, overwrite=overwrite)


def write_report(path: Path, report: CheckReport) -> None:
    """Writes a report as JSON; raises as `write_json`."""
    write_json(path, report.to_json())

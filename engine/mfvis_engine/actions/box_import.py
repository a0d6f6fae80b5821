"""Boxes of a file into a project: an import without masks."""

from typing import TypeAlias

from mfvis_engine.actions.file_import import ImportOptions, ImportReport, import_file
from mfvis_engine.formats.content import FileSource
from mfvis_engine.project import Project

BoxSource: TypeAlias = FileSource
"""A file that boxes are taken from."""


def import_boxes(project: Project, source: BoxSource, *, replace: bool = False) -> ImportReport:
    """Adds the tracks of a file to a project; see `import_file`.

    Args:
        project: Open for writing.
        source: The file.
        replace: Let tracks of the file take the place of the project's with their ids.
    """
    return import_file(project, source, ImportOptions(replace=replace, with_masks=False))

"""Which projects a command is to work on, where there are many: checked, all of them, before any is begun."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.actions.errors import ProjectListError
from mfvis_engine.formats.text_file import read_text
from mfvis_engine.project.errors import NotAProjectError, ProjectError
from mfvis_engine.project.layout import found, open_group

STDIN = Path("-")


@dataclass(frozen=True)
class NamedProject:
    """A project as somebody named it.

    Attributes:
        place: Where: "line 3".
        path: What was named; `.mfvis` may be left out.
    """

    place: str
    path: Path


def read_project_list(source: Path) -> tuple[Path, ...]:
    """The projects of a text file, in its order.

    A line is the folder of a project, relative to the file's own folder; blank lines and those that begin with `#` are
    passed over.

    Args:
        source: The file, UTF-8; `STDIN` for what comes in there, relative to the working folder.

    Raises:
        ProjectListError: A line names no project, or one that is named twice, or there is none.
        FormatError: The file cannot be read.
    """
    if source == STDIN:
        return checked_projects("stdin", tuple(_named(sys.stdin.read(), Path())))
    return checked_projects(str(source), tuple(_named(read_text(source), source.parent)))


def checked_projects(source: str, named: Sequence[NamedProject]) -> tuple[Path, ...]:
    """The paths of the projects that are named.

    Args:
        source: Who names them.
        named: At least one.

    Raises:
        ProjectListError: As `read_project_list`; all that is wrong is told at once.
    """
    if not named:
        raise ProjectListError(f"{source} names no project. Write the folder of one in each line.")
    wrong = tuple(_wrong(named))
    if wrong:
        raise ProjectListError("\n  ".join((f"Nothing was begun, since {source} is to be mended first:", *wrong)))
    return tuple(one.path for one in named)


def _named(text: str, folder: Path) -> Iterator[NamedProject]:
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip()
        if name and not name.startswith("#"):
            yield NamedProject(f"line {number}", folder / name)


def _wrong(named: Sequence[NamedProject]) -> Iterator[str]:
    """What is wrong, a sentence each."""
    places: dict[Path, str] = {}
    for one in named:
        project = found(one.path.absolute()).resolve()
        if project in places:
            yield f"{one.place}: {one.path} is named in {places[project]} already. Leave one of the two out."
            continue
        places[project] = one.place
        try:
            open_group(project, read_only=True)
        except NotAProjectError as error:
            yield f"{one.place}: {error}"
        except ProjectError:
            pass  # a project with a fault of its own, which is told when its turn has come

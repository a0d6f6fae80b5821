"""Where results go: never over a file that nobody said may go."""

from pathlib import Path

from mfvis_engine.cli.actions.errors import OutputExistsError


def check_free(path: Path, *, overwrite: bool) -> None:
    """Refuses a file that is there.

    Raises:
        OutputExistsError: It is there, and `overwrite` is false.
    """
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} is there already. Choose another name, or give --overwrite to replace it.")

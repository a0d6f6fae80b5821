"""Names of classes, which MOT and MOTS keep in a file beside theirs, one a line."""

from pathlib import Path

from mfvis_engine.formats.mot import read_mot_labels

CLASS_NAMES = "labels.txt"


def class_names_path(path: Path) -> Path:
    """Where the names for a file are written: `labels.txt` beside `gt.txt`, or `walk.labels.txt` beside `walk.txt`."""
    return path.with_name(CLASS_NAMES if path.stem == "gt" else f"{path.stem}.{CLASS_NAMES}")


def read_class_names(path: Path) -> tuple[str, ...]:
    """The names of the classes 1, 2, ... of a file, or of the pictures of a folder; none where nobody wrote them.

    Raises:
        FormatError: They cannot be read.
    """
    beside = path / CLASS_NAMES if path.is_dir() else class_names_path(path)
    found = next((place for place in (beside, path.with_name(CLASS_NAMES)) if place.is_file()), None)
    return () if found is None or found == path else read_mot_labels(found)

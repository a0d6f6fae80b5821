"""Names of files that come from others, or go to them."""

from pathlib import PureWindowsPath


def leaves_folder(name: str) -> bool:
    """Whether a relative name such as `clip/00000.jpg` could lead out of the folder it is meant for, on any system."""
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or bool(PureWindowsPath(name).anchor) or "\0" in name


def is_folder_name(name: str) -> bool:
    """Whether a name can be that of one folder: no slashes, line breaks or drives, and more than dots."""
    return bool(name.strip(" .")) and not leaves_folder(name) and not any(sign in name for sign in "/\\\n\r")

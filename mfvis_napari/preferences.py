"""What a person set under napari's Preferences, in the tab of this plugin."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from mfvis_engine.annotation import InvalidCategoryError
from mfvis_engine.annotation.tracks import parse_category
from mfvis_napari.session.categories import DEFAULT_CATEGORY

PLUGIN_NAME = "mfvis-napari"

DeviceName: TypeAlias = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True)
class Preferences:
    """Values of the plugin's settings; what cannot be used is as if it had not been set.

    Attributes:
        engine: Address of the engine that learns; None for one on this machine.
        certificates: Folder of the certificates for that engine; None where none was named.
        device: What an engine on this machine computes on.
        default_category: What the first new track of a project is.
    """

    engine: str | None = None
    certificates: Path | None = None
    device: DeviceName = "auto"
    default_category: str = DEFAULT_CATEGORY

    @classmethod
    def read(cls) -> "Preferences":
        """As napari has them now; the defaults where it does not know this plugin."""
        from napari.settings import get_plugin_settings

        try:
            settings = get_plugin_settings(PLUGIN_NAME)
        except KeyError:
            return cls()
        return cls.parse(
            address=settings.engine.address,
            certificates=settings.engine.certificates,
            device=settings.engine.device,
            default_category=settings.annotation.default_category,
        )

    @classmethod
    def parse(cls, *, address: str, certificates: str, device: str, default_category: str) -> "Preferences":
        """Of the texts that were set."""
        folder = certificates.strip()
        return cls(
            engine=address.strip() or None,
            certificates=Path(folder).expanduser() if folder else None,
            device=cast(DeviceName, device) if device in get_args(DeviceName) else "auto",
            default_category=_category(default_category),
        )


def _category(text: str) -> str:
    try:
        parse_category(text.strip())
    except InvalidCategoryError:
        return DEFAULT_CATEGORY
    return text.strip()

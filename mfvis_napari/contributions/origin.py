"""What a layer says of where it is from, so that the annotator can take it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class OriginKind(StrEnum):
    """What a layer is from; the value is the key of the path in the layer's metadata."""

    PROJECT = "mfvis_project"
    VIDEO = "mfvis_video"
    SAMPLE = "mfvis_sample"


@dataclass(frozen=True)
class LayerOrigin:
    """Where a layer is from.

    Attributes:
        kind: What it is a part of.
        path: The project, or the video.
    """

    kind: OriginKind
    path: Path

    @property
    def metadata(self) -> dict[str, str]:
        """For the layer."""
        return {str(self.kind): str(self.path)}

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> "LayerOrigin | None":
        """What a layer's metadata say; None where it is none of ours."""
        for kind in OriginKind:
            if kind in metadata:
                return cls(kind, Path(str(metadata[kind])))
        return None

"""Models for many videos, as jobs and events name them: a kept file, and what describes it."""

from typing import TypeAlias

import msgspec


class VideoModel(msgspec.Struct, frozen=True, tag="own"):
    """A model of this program's.

    Attributes:
        blob: SHA-256 of its safetensors file.
        description: The JSON that lies beside that file: its shape, and the names of its classes.
    """

    blob: str
    description: str


class ReleasedModel(msgspec.Struct, frozen=True, tag="released"):
    """A checkpoint that MaskFreeVIS or Mask2Former released.

    Attributes:
        blob: SHA-256 of the file.
        class_names: Of its classes, in its order; None where they have no names. Training gives it those of its videos.
    """

    blob: str
    class_names: tuple[str, ...] | None = None


class ModelSize(msgspec.Struct, frozen=True, tag="size"):
    """Random weights.

    Attributes:
        name: As `models.video_mask2former.sizes` has it: "tiny", "r50" or "swin-l".
    """

    name: str


ModelStart: TypeAlias = VideoModel | ReleasedModel | ModelSize

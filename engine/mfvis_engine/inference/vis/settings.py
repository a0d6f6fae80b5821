"""How a Video Mask2Former is asked about a video."""

from __future__ import annotations

from dataclasses import dataclass, field

from mfvis_engine.errors import MfvisError


class VisSettingsError(MfvisError):
    """These settings do not fit together."""


@dataclass(frozen=True)
class JoinSettings:
    """When an object of one window is an object of the windows before.

    The likeness of two is the weighted mean of the terms that can be had: that of the masks only where the windows
    share frames, and one of the two is seen in them.

    Attributes:
        embedding_weight: Of the cosine of the query embeddings (MinVIS).
        mask_weight: Of the soft IoU of the masks on the frames that both windows have.
        class_weight: Of the share of the class scores that both have.
        min_similarity: Below it, two that share frames are not the same; as it is, masks that do not meet are never.
        min_dormant_similarity: The same where they share none, so that masks cannot tell.
        dormant_windows: For how many windows a track that is not found is looked for.
        min_new_score: Best class probability from which what belongs to no track begins one.
    """

    embedding_weight: float = 1.0
    mask_weight: float = 2.0
    class_weight: float = 0.5
    min_similarity: float = 0.5
    min_dormant_similarity: float = 0.75
    dormant_windows: int = 5
    min_new_score: float = 0.2

    def __post_init__(self) -> None:
        weights = (self.embedding_weight, self.mask_weight, self.class_weight)
        if min(weights) < 0 or self.embedding_weight + self.class_weight <= 0:
            raise VisSettingsError(
                f"Weights of joining must not be negative, and embedding and class not both 0: a track that was lost "
                f"is known by them alone. Got embedding {weights[0]}, mask {weights[1]}, class {weights[2]}."
            )
        if self.dormant_windows < 0:
            raise VisSettingsError(f"dormant_windows must be 0 or more. Got {self.dormant_windows}.")


@dataclass(frozen=True)
class VisInferenceSettings:
    """Everything that the tracks of a video depend on, besides the model.

    Attributes:
        short_side: Frames are resized to this, in pixels; None leaves them. The paper has 360.
        window_frames: Frames that the model sees at once; None for the whole video, in memory as long as it is.
        overlap_frames: Frames that a window shares with the one before, at the least.
        frames_at_once: Frames whose features are made together; bounds memory, and changes nothing else.
        candidate_count: Queries of a window that are looked at, the surest ones.
        min_candidate_score: Best class probability from which they are.
        suppress_mask_iou: Of two queries of a window whose masks are alike from here on the surer one stays; None keeps
            both, as the released code does.
        mask_logit: Pixels above it are the object's.
        join: How windows are joined.
    """

    short_side: int | None = 360
    window_frames: int | None = 30
    overlap_frames: int = 10
    frames_at_once: int = 4
    candidate_count: int = 20
    min_candidate_score: float = 0.05
    suppress_mask_iou: float | None = 0.7
    mask_logit: float = 0.0
    join: JoinSettings = field(default_factory=JoinSettings)

    def __post_init__(self) -> None:
        if self.short_side is not None and self.short_side < 1:
            raise VisSettingsError(f"short_side must be at least 1 pixel, or None. Got {self.short_side}.")
        if self.window_frames is not None and not 0 <= self.overlap_frames < self.window_frames:
            raise VisSettingsError(
                f"Windows must overlap by fewer frames than they have, and by 0 or more. "
                f"Got {self.overlap_frames} of {self.window_frames}."
            )
        if min(self.candidate_count, self.frames_at_once) < 1:
            raise VisSettingsError(
                f"candidate_count and frames_at_once must be at least 1. "
                f"Got {self.candidate_count} and {self.frames_at_once}."
            )

    @classmethod
    def released(cls) -> VisInferenceSettings:
        """What the released code does: the whole video at once, its ten surest answers, nothing held back."""
        join = JoinSettings(min_new_score=0.0)
        return cls(window_frames=None, candidate_count=10, min_candidate_score=0.0, suppress_mask_iou=None, join=join)

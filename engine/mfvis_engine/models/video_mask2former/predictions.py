"""What a Video Mask2Former says of clips."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class HeadPrediction:
    """What one prediction head says of B clips of T frames, with Q queries and K classes.

    Attributes:
        class_logits: (B, Q, K + 1); the last is "no object".
        mask_logits: (B, Q, T, h, w) at stride 4 of the padded frames.
    """

    class_logits: Tensor
    mask_logits: Tensor


@dataclass(frozen=True)
class ClipPrediction:
    """What the model says of B clips.

    Attributes:
        heads: One before the first decoder layer and one after each; the last is the answer, the others are
            for deep supervision. The last alone where no others were asked for.
        query_embeddings: (B, Q, C) the queries after the last layer and its norm: who an object is, for joining clips.
    """

    heads: tuple[HeadPrediction, ...]
    query_embeddings: Tensor

    @property
    def final(self) -> HeadPrediction:
        """The answer."""
        return self.heads[-1]

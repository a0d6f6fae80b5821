"""Joins the windows of a video: who is who, and the mean of what two windows say of one frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mfvis_engine.inference.vis.candidates import Candidates
from mfvis_engine.inference.vis.logit_sums import LogitSums
from mfvis_engine.inference.vis.settings import JoinSettings
from mfvis_engine.inference.vis.similarity import (
    assign,
    class_similarity,
    embedding_similarity,
    joint_similarity,
    mask_similarity,
)


@dataclass(frozen=True)
class FrameLogits:
    """The M tracks that windows spoke of in one frame.

    Attributes:
        frame_index: From 0.
        track_numbers: From 1.
        mask_logits: (M, h, w), the mean over the windows.
    """

    frame_index: int
    track_numbers: tuple[int, ...]
    mask_logits: Tensor


@dataclass(frozen=True)
class TrackScores:
    """A track's number and its mean class scores (K,) float32."""

    track_number: int
    class_scores: NDArray[np.float32]


@dataclass(eq=False)
class _Track:
    """Sums over the windows a track was found in.

    Attributes:
        sums: Of the frames that have not come out yet; None once no window to come shares a frame with it.
    """

    number: int
    class_sum: Tensor
    embedding_sum: Tensor
    window_count: int
    last_window: int
    sums: LogitSums | None

    def scores(self) -> TrackScores:
        return TrackScores(self.number, np.asarray((self.class_sum / self.window_count).cpu().numpy(), np.float32))


@dataclass
class TrackJoiner:
    """The tracks of the windows given so far; memory is that of the frames two windows share.

    Call `join` with each window in order, and after it `release` with the start of the next one.

    Attributes:
        settings: When two are the same.
        mask_logit: Pixels above it are an object's.
    """

    settings: JoinSettings
    mask_logit: float = 0.0
    _tracks: list[_Track] = field(default_factory=list, init=False)
    _gone: list[TrackScores] = field(default_factory=list, init=False)
    _pending: range = field(default=range(0), init=False)
    _window_index: int = field(default=-1, init=False)
    _last_number: int = field(default=0, init=False)

    @torch.inference_mode()
    def join(self, window: range, candidates: Candidates) -> None:
        """Gives each candidate to its track, or begins one."""
        self._window_index += 1
        self._forget()
        matched = self._match_live(window, candidates)
        matched |= self._match_dormant(candidates, [row for row in range(len(candidates)) if row not in matched])
        self._extend(window)
        for row in range(len(candidates)):
            if row in matched:
                self._add(matched[row], candidates, row)
            elif float(candidates.scores[row]) >= self.settings.min_new_score:
                self._add(self._begin(candidates, row), candidates, row)

    @torch.inference_mode()
    def release(self, before_frame: int) -> list[FrameLogits]:
        """The frames before an index that have not come out yet, in order; no later window may have them."""
        done = range(self._pending.start, min(before_frame, self._pending.stop))
        released = [self._frame(index) for index in done]
        self._pending = range(done.stop, self._pending.stop)
        for track in self._tracks:
            rest = track.sums and track.sums.without(len(done))
            track.sums = rest if rest and rest.any else None
        return released

    def track_scores(self) -> list[TrackScores]:
        """Of all tracks so far, by number."""
        return sorted([*self._gone, *(track.scores() for track in self._tracks)], key=lambda one: one.track_number)

    def _forget(self) -> None:
        """Lets go of tracks that were not found for too many windows."""
        oldest = self._window_index - 1 - self.settings.dormant_windows
        self._gone += [track.scores() for track in self._tracks if track.last_window < oldest and not track.sums]
        self._tracks = [track for track in self._tracks if track.last_window >= oldest or track.sums]

    def _match_live(self, window: range, candidates: Candidates) -> dict[int, _Track]:
        """Candidates by row to the tracks that share frames with the window."""
        live = [(track, track.sums) for track in self._tracks if track.sums]
        if not live or not len(candidates):
            return {}
        shared = slice(window.start - self._pending.start, None)
        logits = torch.stack([sums.mean(shared) for _, sums in live])
        known = torch.stack([sums.count[shared] > 0 for _, sums in live]).to(logits.device)
        theirs = candidates.mask_logits[:, : known.shape[1]]
        masks = mask_similarity(logits, theirs, known, self.mask_logit)
        least = np.where(
            masks.isnan().cpu().numpy(), self.settings.min_dormant_similarity, self.settings.min_similarity
        )
        similarity = self._similarity([track for track, _ in live], candidates, masks)
        return {column: live[row][0] for row, column in assign(similarity, least)}

    def _match_dormant(self, candidates: Candidates, left: list[int]) -> dict[int, _Track]:
        """The candidates of some rows to the tracks that share no frames with the window."""
        dormant = [track for track in self._tracks if not track.sums]
        if not dormant or not left:
            return {}
        similarity = self._similarity(dormant, candidates, None)[:, left]
        pairs = assign(similarity, self.settings.min_dormant_similarity)
        return {left[column]: dormant[row] for row, column in pairs}

    def _similarity(self, tracks: list[_Track], candidates: Candidates, masks: Tensor | None) -> NDArray[np.float32]:
        embeddings = embedding_similarity(torch.stack([t.embedding_sum for t in tracks]), candidates.embeddings)
        classes = class_similarity(torch.stack([t.class_sum for t in tracks]), candidates.class_scores)
        return np.asarray(joint_similarity(embeddings, masks, classes, self.settings).cpu().numpy(), np.float32)

    def _extend(self, window: range) -> None:
        """Makes room for a window's frames."""
        added = window.stop - max(self._pending.stop, window.start)
        self._pending = range(self._pending.start if self._pending else window.start, window.stop)
        for track in self._tracks:
            track.sums = track.sums and track.sums.longer(added)

    def _begin(self, candidates: Candidates, row: int) -> _Track:
        self._last_number += 1
        classes, embedding = candidates.class_scores[row], candidates.embeddings[row]
        track = _Track(
            self._last_number, torch.zeros_like(classes), torch.zeros_like(embedding), 0, self._window_index, None
        )
        self._tracks.append(track)
        return track

    def _add(self, track: _Track, candidates: Candidates, row: int) -> None:
        track.class_sum = track.class_sum + candidates.class_scores[row]
        track.embedding_sum = track.embedding_sum + candidates.embeddings[row]
        track.window_count += 1
        track.last_window = self._window_index
        logits = candidates.mask_logits[row]
        track.sums = (track.sums or LogitSums.empty(len(self._pending), logits)).plus(logits)

    def _frame(self, frame_index: int) -> FrameLogits:
        at = frame_index - self._pending.start
        spoken = [(track.number, track.sums) for track in self._tracks if track.sums and track.sums.count[at] > 0]
        means = [sums.mean(slice(at, at + 1)) for _, sums in spoken]
        logits = torch.cat(means) if means else torch.zeros(0, 1, 1)
        return FrameLogits(frame_index, tuple(number for number, _ in spoken), logits)

"""YouTube-VIS average precision and recall: COCO's matching, with the IoU of whole tracks.

Published with "Video Instance Segmentation" (Yang et al., ICCV 2019, arXiv 1905.04804), section 4; matching
and accumulation are COCO's. In shapes: K categories, A area ranges, M limits, T thresholds, R recall points,
D results, G true tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from mfvis_engine.metrics.run_lengths import RunLengths
from mfvis_engine.metrics.youtube_vis_tracks import GroundTruth, ResultTrack, TruthTrack

STAT_NAMES = (
    "AP",
    "AP50",
    "AP75",
    "AP small",
    "AP medium",
    "AP large",
    "AR1",
    "AR10",
    "AR100",
    "AR small",
    "AR medium",
    "AR large",
)

_IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALL_POINTS = np.linspace(0.0, 1.0, 101)
_AREA_RANGES = ((0.0, 1e10), (0.0, 128.0**2), (128.0**2, 256.0**2), (256.0**2, 1e10))  # pixels: all, S, M, L
_RESULT_LIMITS = (1, 10, 100)  # results a video and category, the surest first
_NOTHING = -1.0

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class YoutubeVisScores:
    """What the evaluator answers; -1 where there is nothing to measure.

    Attributes:
        stats: 12 numbers in the official order, `STAT_NAMES`.
        per_category_ap: (category_id, AP), by category_id.
    """

    stats: tuple[float, ...]
    per_category_ap: tuple[tuple[int, float], ...]


def evaluate_youtube_vis(ground_truth: GroundTruth, results: Sequence[ResultTrack]) -> YoutubeVisScores:
    """Scores `results` against `ground_truth` as the official YouTube-VIS evaluator does.

    Results of one score keep their order. No results at all give 0 wherever there is something to find.

    Args:
        ground_truth: the true tracks.
        results: tracks found in the same videos, as `parse_results` checks them.
    """
    category_ids = sorted(ground_truth.category_ids)
    shape = (len(category_ids), len(_AREA_RANGES), len(_RESULT_LIMITS))
    precision = np.full((*shape, len(_IOU_THRESHOLDS), len(_RECALL_POINTS)), _NOTHING)
    recall = np.full((*shape, len(_IOU_THRESHOLDS)), _NOTHING)
    for k, category_id in enumerate(category_ids):
        pairings = _pairings(category_id, ground_truth, results)
        for a, area_range in enumerate(_AREA_RANGES):
            matches = [_match(pairing, area_range) for pairing in pairings]
            truth_count = sum(match.truth_count for match in matches)
            if truth_count:
                for m, limit in enumerate(_RESULT_LIMITS):
                    precision[k, a, m], recall[k, a, m] = _accumulate(matches, truth_count, limit)
    return YoutubeVisScores(
        stats=_summarise(precision, recall),
        per_category_ap=tuple(zip(category_ids, (_mean(of_one) for of_one in precision[:, 0, 2]), strict=True)),
    )


def _summarise(precision: Floats, recall: Floats) -> tuple[float, ...]:
    """The 12 numbers from precision (K, A, M, T, R) and recall (K, A, M, T)."""
    by_threshold = [precision[:, 0, 2, t] for t in (0, 5)]  # IoU 0.50 and 0.75
    parts = [precision[:, 0, 2], *by_threshold]
    parts += [precision[:, a, 2] for a in (1, 2, 3)]
    parts += [recall[:, 0, m] for m in (0, 1, 2)]
    parts += [recall[:, a, 2] for a in (1, 2, 3)]
    return tuple(map(_mean, parts))


def _mean(values: Floats) -> float:
    measured = values[values > _NOTHING]
    return float(measured.mean()) if measured.size else _NOTHING


@dataclass(frozen=True)
class _Pairing:
    """The results (D) and true tracks (G) of one video and category, results by falling score."""

    iou: Floats  # (D, G)
    scores: Floats  # (D,)
    result_areas: Floats  # (D,) pixels
    truth_areas: Floats  # (G,) pixels
    is_crowd: Bools  # (G,)


@dataclass(frozen=True)
class _Match:
    """What became of the results of one pairing in one area range."""

    scores: Floats  # (D,)
    is_hit: Bools  # (T, D)
    is_ignored: Bools  # (T, D) neither hit nor false alarm
    truth_count: int  # true tracks that can be found


def _pairings(category_id: int, ground_truth: GroundTruth, results: Sequence[ResultTrack]) -> list[_Pairing]:
    """One pairing per video, by video_id: the order in which ties of score are settled."""
    truths_of: dict[int, list[TruthTrack]] = {video.video_id: [] for video in ground_truth.videos}
    results_of: dict[int, list[ResultTrack]] = {video.video_id: [] for video in ground_truth.videos}
    for truth in ground_truth.tracks:
        if truth.category_id == category_id:
            truths_of[truth.video_id].append(truth)
    for result in results:
        if result.category_id == category_id:
            results_of[result.video_id].append(result)
    return [_pair(results_of[video_id], truths_of[video_id]) for video_id in sorted(truths_of)]


def _pair(results: list[ResultTrack], truths: list[TruthTrack]) -> _Pairing:
    surest = sorted(results, key=lambda result: -result.score)[: _RESULT_LIMITS[-1]]
    return _Pairing(
        iou=_track_iou([result.masks for result in surest], [truth.masks for truth in truths]),
        scores=np.array([result.score for result in surest], dtype=np.float64),
        result_areas=np.array([result.mean_area for result in surest], dtype=np.float64),
        truth_areas=np.array([truth.mean_area for truth in truths], dtype=np.float64),
        is_crowd=np.array([truth.is_crowd for truth in truths], dtype=np.bool_),
    )


def _track_iou(results: Sequence[Sequence[RunLengths | None]], truths: Sequence[Sequence[RunLengths | None]]) -> Floats:
    """IoU (D, G) of tracks: intersections summed over frames by unions summed over frames; 0 for 0 by 0."""
    intersection = np.zeros((len(results), len(truths)))
    total = np.zeros((len(results), len(truths)))
    if intersection.size:
        for found, true in zip(zip(*results, strict=True), zip(*truths, strict=True), strict=True):
            frame_intersection, frame_total = _frame_overlap(found, true)
            intersection += frame_intersection
            total += frame_total
    union = total - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def _frame_overlap(found: Sequence[RunLengths | None], true: Sequence[RunLengths | None]) -> tuple[Floats, Floats]:
    """Intersection (D, G) of the masks of one frame, and the sum of their areas (D, G), in pixels."""
    rows, found_masks, found_areas = _present(found)
    columns, true_masks, true_areas = _present(true)
    total = found_areas[:, None] + true_areas[None, :]
    intersection = np.zeros_like(total)
    if rows and columns:
        iou = coco_mask.iou(found_masks, true_masks, [0] * len(columns))
        both = np.ix_(rows, columns)
        # iou = i / (total - i) solved for i, a whole number of pixels: rounding undoes the division exactly.
        intersection[both] = np.rint(iou * total[both] / (1 + iou))
    return intersection, total


def _present(masks: Sequence[RunLengths | None]) -> tuple[list[int], list[dict[str, object]], Floats]:
    """Indices and pycocotools forms of the masks that are there; all areas (N,), 0 where there is none."""
    present = [(index, mask.to_coco()) for index, mask in enumerate(masks) if mask is not None]
    areas = np.zeros(len(masks))
    indices, forms = [index for index, _ in present], [form for _, form in present]
    if present:
        areas[indices] = coco_mask.area(forms)
    return indices, forms, areas


def _match(pairing: _Pairing, area_range: tuple[float, float]) -> _Match:
    """Gives each result, the surest first, the best true track still free, at every IoU threshold.

    A track that counts goes before one that is ignored (crowd, or outside `area_range`), however well that
    one fits; of equally good ones the last is taken. Crowd tracks stay free.
    """
    truth_ignored = pairing.is_crowd | _is_outside(pairing.truth_areas, area_range)
    shape = (len(_IOU_THRESHOLDS), len(pairing.scores))
    is_hit, is_ignored = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    is_free = np.ones((len(_IOU_THRESHOLDS), len(truth_ignored)), dtype=np.bool_)
    for d, iou in enumerate(pairing.iou if truth_ignored.size else ()):
        fits = is_free & (iou >= _IOU_THRESHOLDS[:, None])
        counts = fits & ~truth_ignored
        candidates = np.where(counts.any(axis=1, keepdims=True), counts, fits)
        best = len(iou) - 1 - np.where(candidates, iou, _NOTHING)[:, ::-1].argmax(axis=1)
        is_hit[:, d] = fits.any(axis=1)
        is_ignored[:, d] = is_hit[:, d] & truth_ignored[best]
        is_free[is_hit[:, d], best[is_hit[:, d]]] = pairing.is_crowd[best[is_hit[:, d]]]
    is_ignored |= ~is_hit & _is_outside(pairing.result_areas, area_range)
    return _Match(pairing.scores, is_hit, is_ignored, truth_count=int((~truth_ignored).sum()))


def _is_outside(areas: Floats, area_range: tuple[float, float]) -> Bools:
    return (areas < area_range[0]) | (areas > area_range[1])


def _accumulate(matches: list[_Match], truth_count: int, limit: int) -> tuple[Floats, Floats]:
    """Precision (T, R) by recall and recall reached (T,) by each video's `limit` surest results."""
    scores = np.concatenate([match.scores[:limit] for match in matches])
    order = np.argsort(-scores, kind="stable")
    is_hit = np.concatenate([match.is_hit[:, :limit] for match in matches], axis=1)[:, order]
    is_ignored = np.concatenate([match.is_ignored[:, :limit] for match in matches], axis=1)[:, order]
    hits = np.cumsum(is_hit & ~is_ignored, axis=1)
    alarms = np.cumsum(~is_hit & ~is_ignored, axis=1)
    recall = hits / truth_count
    precision = hits / (hits + alarms + np.spacing(1))
    # Precision never rises with recall: each point takes the best at its recall or beyond.
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    sampled = np.zeros((len(_IOU_THRESHOLDS), len(_RECALL_POINTS)))
    for t in range(len(_IOU_THRESHOLDS)):
        rank = np.searchsorted(recall[t], _RECALL_POINTS, side="left")
        reached = rank < len(scores)
        sampled[t, reached] = envelope[t, rank[reached]]
    return sampled, recall.max(axis=1, initial=0.0)

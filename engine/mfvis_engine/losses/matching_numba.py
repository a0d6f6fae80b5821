"""The patch matcher compiled for the CPU."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mfvis_engine.losses.compiled import compiled, run_threaded
from mfvis_engine.losses.match_settings import MatchSettings
from mfvis_engine.losses.matches import NO_MATCH

Floats = NDArray[np.float32]
Indices = NDArray[np.int16]

_ROWS_PER_TASK = 16
"""Few enough that the best distances so far stay in the processor's cache."""


def best_offsets(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings) -> Tensor:
    """Find each target pixel's matches: `PatchMatches.offset_index`, (K, H, W) int16.

    Args:
        source_lab: (3, H, W) on the CPU.
        target_lab: (3, H, W) on the CPU.
        settings: Candidates and what to keep of them.
    """
    half, reach = settings.patch_size // 2, settings.reach
    source = _padded(source_lab, half + reach)
    target = _padded(target_lab, half)
    height, width = target_lab.shape[-2:]
    offsets_yx = np.array(settings.offsets_yx, dtype=np.int64)
    # The kernel takes distances below the limit; equal to the threshold counts as a match.
    limit = np.nextafter(np.float32(settings.max_squared_distance), np.float32(np.inf))
    best = np.full((height, settings.top_k, width), NO_MATCH, dtype=np.int16)

    def match_band(band: int) -> None:
        first = band * _ROWS_PER_TASK
        _match_rows(
            source,
            target,
            offsets_yx,
            settings.patch_size,
            limit,
            first,
            best[first : first + _ROWS_PER_TASK],
        )

    run_threaded(match_band, -(-height // _ROWS_PER_TASK))
    return torch.from_numpy(np.ascontiguousarray(best.swapaxes(0, 1)))


def _padded(lab: Tensor, margin: int) -> Floats:
    pixels: Floats = lab.detach().to(torch.float32).numpy()
    return np.pad(pixels, ((0, 0), (margin, margin), (margin, margin)))


@compiled
def _match_rows(
    source: Floats,
    target: Floats,
    offsets_yx: NDArray[np.int64],
    patch_size: int,
    limit: np.float32,
    first_row: int,
    best: Indices,
) -> None:
    """Fill `best` (rows, K, W) for the target rows from `first_row` on.

    `target` is padded by half a patch, `source` by that and the reach of the offsets. For each offset, a
    pixel's squared colour difference is computed once, into a ring of `patch_size` rows, and summed from
    there.
    """
    rows, _, width = best.shape
    height = target.shape[1] - patch_size + 1
    reach = (source.shape[1] - target.shape[1]) // 2
    best_distance = np.full(best.shape, limit, dtype=np.float32)
    ring = np.empty((patch_size, target.shape[2]), dtype=np.float32)
    distance = np.empty(width, dtype=np.float32)
    for offset in range(len(offsets_yx)):
        dy, dx = offsets_yx[offset]
        start, stop = min(max(0, -dx), width), max(0, min(width, width - dx))
        for step in range(1 - patch_size, rows):
            padded_row = first_row + step + patch_size - 1
            _squared_difference(
                source, target, padded_row, padded_row + reach + dy, reach + dx, ring[padded_row % patch_size]
            )
            if step >= 0 and 0 <= first_row + step + dy < height:
                _sum_patch(ring, distance)
                _insert(distance, np.int16(offset), start, stop, best_distance[step], best[step])


@compiled
def _squared_difference(
    source: Floats, target: Floats, target_row: int, source_row: int, shift: int, out: Floats
) -> None:
    """Squared colour difference of a padded target row to a source row, `shift` columns on, into `out`."""
    # Rows of their own, so that indices plainly count up and the loop becomes vector instructions.
    stop = shift + len(out)
    s0, s1, s2 = (
        source[0, source_row, shift:stop],
        source[1, source_row, shift:stop],
        source[2, source_row, shift:stop],
    )
    t0, t1, t2 = target[0, target_row], target[1, target_row], target[2, target_row]
    for x in range(len(out)):
        d0, d1, d2 = s0[x] - t0[x], s1[x] - t1[x], s2[x] - t2[x]
        out[x] = d0 * d0 + d1 * d1 + d2 * d2


@compiled
def _sum_patch(ring: Floats, out: Floats) -> None:
    """Sum a window of all ring rows and as many columns, for each column of `out`."""
    patch_size = len(ring)
    column = ring[0].copy()
    for row in range(1, patch_size):
        for x in range(len(column)):
            column[x] += ring[row, x]
    for x in range(len(out)):
        out[x] = column[x]
    for shift in range(1, patch_size):
        for x in range(len(out)):
            out[x] += column[x + shift]


@compiled
def _insert(
    distance: Floats, offset: np.int16, start: int, stop: int, best_distance: Floats, best_index: Indices
) -> None:
    """Insert an offset into the ascending lists (K, W) of columns start..stop-1; behind its equals."""
    new = distance[start:stop]
    for k in range(len(best_distance) - 1, 0, -1):
        above, above_index = best_distance[k - 1, start:stop], best_index[k - 1, start:stop]
        _shift_or_place(new, offset, above, above_index, best_distance[k, start:stop], best_index[k, start:stop])
    first, first_index = best_distance[0, start:stop], best_index[0, start:stop]
    nearer_than_any = np.full_like(new, -1)
    _shift_or_place(new, offset, nearer_than_any, first_index, first, first_index)


@compiled
def _shift_or_place(
    new: Floats, offset: np.int16, above: Floats, above_index: Indices, here: Floats, here_index: Indices
) -> None:
    """One rank of the lists: what was above moves down, or the new one comes here, or nothing changes."""
    for x in range(len(new)):
        # All is read before anything is written: only then does the loop become vector instructions.
        n, a, h = new[x], above[x], here[x]
        a_index, h_index = above_index[x], here_index[x]
        nearer, displaced = n < h, n < a
        h_index = offset if nearer else h_index
        h = n if nearer else h
        here_index[x] = a_index if displaced else h_index
        here[x] = a if displaced else h

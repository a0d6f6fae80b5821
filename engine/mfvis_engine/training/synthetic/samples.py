"""Training samples from synthetic tubes: crops, prompts and the exact mask, augmented."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mfvis_engine.models.crops import CropWindow, box_coverage, tight_box
from mfvis_engine.models.prompt import DRAWN_VALUE, GUESSED_VALUE, colour_prior
from mfvis_engine.training.synthetic.scene import CANVAS, FRAMES, Tube

_MIN_AREA_PX = 50
_MIN_SIDE_PX = 8

# Now and then a still: where time steps are long, neighbouring frames say nothing.
_STILL_CHANCE = 0.15


@dataclass(frozen=True)
class Sample:
    """One training example of the warm start.

    Attributes:
        crops_rgb: (3, S, S, 3) uint8, previous, middle and next frame.
        prompts: (3, S, S) float32, see `models.prompt.network_input`.
        mask: (S, S) float32 in 0..1, the visible object in the middle frame.
    """

    crops_rgb: NDArray[np.uint8]
    prompts: NDArray[np.float32]
    mask: NDArray[np.float32]


def random_sample(tube: Tube, rng: np.random.Generator, size: int) -> Sample | None:
    """A random object of a random frame, or None where the one drawn is too small or hidden."""
    t = int(rng.integers(FRAMES))
    target = int(rng.choice(tube.target_ids))
    mask = tube.ids[t] == target
    box = tight_box(mask)
    if box is None or mask.sum() < _MIN_AREA_PX or min(box[2] - box[0], box[3] - box[1]) < _MIN_SIDE_PX:
        return None
    guessed = rng.random() < 0.4
    prompt_box = _jitter(box, rng, 0.09 if guessed else 0.012)
    window = _window(prompt_box, rng)
    order = (max(t - 1, 0), t, min(t + 1, FRAMES - 1)) if rng.random() > _STILL_CHANCE else (t, t, t)
    crops = np.stack([window.read(tube.frames[i], size) for i in order])
    in_picture = box_coverage(window.box_to_crop(np.asarray([[0, 0, CANVAS, CANVAS]]), size), size)[0]
    truth = window.read((mask * np.uint8(255))[..., None], size)[..., 0].astype(np.float32) / 255 * in_picture
    others = _other_boxes(tube, t, target, rng)
    inside = box_coverage(window.box_to_crop(prompt_box[None], size), size)[0]
    beside = box_coverage(window.box_to_crop(others, size), size).max(0, initial=0.0)
    crops, inside, beside, truth = _turned(crops, inside, beside, truth, rng)
    crops = _recoloured(crops, rng)
    weight = inside if rng.random() < 0.5 else _corrupted(truth, inside, rng)
    value = GUESSED_VALUE if guessed else DRAWN_VALUE
    prompts = np.stack([inside * value, beside, colour_prior(crops[1], weight)])
    return Sample(crops, prompts.astype(np.float32), truth)


def _jitter(box: NDArray[np.float64], rng: np.random.Generator, amount: float) -> NDArray[np.float64]:
    """Each side and the whole box moved by a part of the box's sides."""
    sides = np.tile(box[2:] - box[:2], 2)
    shift = np.tile(rng.normal(0, amount, 2), 2)
    moved = box + sides * (rng.normal(0, amount, 4) + shift)
    return np.concatenate([np.minimum(moved[:2], moved[2:] - 4), np.maximum(moved[2:], moved[:2] + 4)])


def _window(box: NDArray[np.float64], rng: np.random.Generator) -> CropWindow:
    """A window as fine-tuning and prediction choose it, and looser ones, as tubes of moving objects need."""
    loose = box + np.tile(box[2:] - box[:2], 2) * rng.normal(0, 0.06, 4)
    return CropWindow.around(np.stack([box, loose]), rng.uniform(1.35, 2.0))


def _other_boxes(tube: Tube, t: int, target: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Boxes (N, 4) of some of the other bodies, as other tracks would have."""
    others = [i for i in tube.target_ids if i != target and rng.random() < 0.6]
    boxes = [tight_box(tube.ids[t] == i) for i in others]
    return np.asarray([box for box in boxes if box is not None], np.float64).reshape(-1, 4)


def _turned(
    crops: NDArray[np.uint8],
    inside: NDArray[np.float32],
    beside: NDArray[np.float32],
    truth: NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Mirrored, turned by right angles now and then, and played backward at random."""
    planes = np.stack([inside, beside, truth])
    if rng.random() < 0.5:
        crops, planes = crops[:, :, ::-1], planes[:, :, ::-1]
    if rng.random() < 0.25:
        turns = int(rng.integers(1, 4))
        crops, planes = np.rot90(crops, turns, (1, 2)), np.rot90(planes, turns, (1, 2))
    if rng.random() < 0.5:
        crops = crops[::-1]
    inside, beside, truth = np.ascontiguousarray(planes)
    return np.ascontiguousarray(crops), inside, beside, truth


def _recoloured(crops: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another colour space for the whole sample: saturation, swapped channels, gain, contrast, gamma, noise."""
    saturation, contrast = rng.beta(1.2, 1.2), rng.uniform(0.3, 1.1)
    mix = np.full((3, 3), (1 - saturation) / 3) + saturation * np.eye(3)[rng.permutation(3)]
    matrix = contrast * rng.uniform(0.75, 1.2, (3, 1)) * mix
    offset = (1 - contrast) * crops[1, ::8, ::8].reshape(-1, 3).mean(0) + rng.normal(0, 12)
    curve = 255 * np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.3))
    noise = rng.normal(0, rng.uniform(0, 5) * (rng.random() < 0.5), 4096)
    start = int(rng.integers(4096))
    recoloured = np.empty_like(crops)
    parameters = tuple(a.astype(np.float32) for a in (matrix, offset, curve, noise))
    _recolour(crops, parameters, start, recoloured)
    return recoloured


@numba.njit(nogil=True, cache=True, fastmath=True)
def _recolour(
    pixels: NDArray[np.uint8],
    parameters: tuple[NDArray[np.float32], ...],
    start: int,
    out: NDArray[np.uint8],
) -> None:
    """Linear map, tone curve (256) and noise for pixels (T, S, S, 3); noise is a table read at scattered places."""
    matrix, offset, curve, noise = parameters
    state = np.uint32(start)
    for t in range(pixels.shape[0]):
        for row in range(pixels.shape[1]):
            for column in range(pixels.shape[2]):
                p = pixels[t, row, column]
                for c in range(3):
                    value = matrix[c, 0] * p[0] + matrix[c, 1] * p[1] + matrix[c, 2] * p[2] + offset[c]
                    state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
                    toned = curve[int(min(max(value, 0.0), 255.0))] + noise[state >> np.uint32(20)]
                    out[t, row, column, c] = np.uint8(min(max(toned, 0.0), 255.0))


def _corrupted(
    truth: NDArray[np.float32], inside: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """A mask as an earlier pass might have left it: parts missing, parts of the box too many."""
    size = truth.shape[0]
    field = ndimage.zoom(rng.standard_normal((8, 8)), size / 8, order=1)
    wrong = (field > rng.uniform(0.6, 2.0)).astype(np.float32)
    return np.asarray(np.where(wrong > 0, (1 - truth) * (inside > 0), truth), np.float32)

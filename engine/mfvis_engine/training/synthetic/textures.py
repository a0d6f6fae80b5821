"""The bank of textures that synthetic scenes are painted with.

Half of it are crops of freely licensed pictures bundled with scikit-image, half is procedural noise. Pictures
used for `sample_data` are left out, so that the sample clip stays unseen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import data, transform

TEXTURE_SIZE = 256

#: Bundled with scikit-image; free to use, see docs/warm_start.md for each licence.
PICTURE_NAMES = (
    "brick",
    "camera",
    "cell",
    "chelsea",
    "coins",
    "grass",
    "gravel",
    "hubble_deep_field",
    "immunohistochemistry",
    "retina",
)


def texture_bank(rng: np.random.Generator, procedural_count: int = 60) -> NDArray[np.uint8]:
    """All textures as one array.

    Args:
        rng: Source of randomness for crops and noise.
        procedural_count: How many noise textures to add to the picture crops.

    Returns:
        (N, 256, 256, 3) uint8 RGB.
    """
    pictures = [crop for name in PICTURE_NAMES for crop in _picture_crops(name, rng)]
    makers = (_cloud, _cells, _stripes, _spots, _fur, _patches)
    procedural = [makers[i % len(makers)](rng) for i in range(procedural_count)]
    return np.stack(pictures + procedural)


def _picture_crops(name: str, rng: np.random.Generator, count: int = 4) -> list[NDArray[np.uint8]]:
    picture = getattr(data, name)()
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    short = min(picture.shape[:2])
    crops = []
    for _ in range(count):
        side = int(rng.uniform(0.45, 1.0) * short)
        top = int(rng.integers(picture.shape[0] - side + 1))
        left = int(rng.integers(picture.shape[1] - side + 1))
        crop = picture[top : top + side, left : left + side, :3]
        small = transform.resize(crop, (TEXTURE_SIZE, TEXTURE_SIZE), anti_aliasing=True)  # type: ignore[no-untyped-call]
        crops.append(np.asarray(small * 255, np.uint8))
    return crops


def _noise(rng: np.random.Generator, sigma: float | tuple[float, float]) -> NDArray[np.float64]:
    """Smooth noise on a torus, (256, 256), zero mean and unit deviation."""
    field = ndimage.gaussian_filter(rng.standard_normal((TEXTURE_SIZE, TEXTURE_SIZE)), sigma, mode="wrap")
    return np.asarray((field - field.mean()) / field.std())


def _colourise(field: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A scalar field in about -2..2 as a blend between random colours."""
    stops = rng.uniform(0, 255, (3, 3))
    position = np.clip(field / 4 + 0.5, 0, 1) * 2
    low = np.minimum(position.astype(int), 1)
    blend = (position - low)[..., None]
    return np.asarray(stops[low] * (1 - blend) + stops[low + 1] * blend, np.uint8)


def _cloud(rng: np.random.Generator) -> NDArray[np.uint8]:
    slope = rng.uniform(0.3, 1.2)
    octaves = [_noise(rng, 2.0**k) * 2.0 ** (k * slope) for k in range(6)]
    field = np.sum(octaves, axis=0)
    return _colourise(field / field.std(), rng)


def _cells(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Voronoi cells, filled or as a network of their borders."""
    count = int(rng.integers(20, 300))
    seeds = np.ones((TEXTURE_SIZE, TEXTURE_SIZE), bool)
    at = rng.integers(TEXTURE_SIZE, size=(count, 2))
    seeds[at[:, 0], at[:, 1]] = False
    distance, nearest = ndimage.distance_transform_edt(seeds, return_indices=True)
    if rng.random() < 0.5:
        return _colourise(distance / distance.std() - 2, rng)
    palette = rng.uniform(0, 255, (TEXTURE_SIZE * TEXTURE_SIZE, 3))
    return np.asarray(palette[nearest[0] * TEXTURE_SIZE + nearest[1]], np.uint8)


def _stripes(rng: np.random.Generator) -> NDArray[np.uint8]:
    cycles = rng.integers(-14, 15, 2)
    rows, columns = np.mgrid[:TEXTURE_SIZE, :TEXTURE_SIZE] * (2 * np.pi / TEXTURE_SIZE)
    phase = cycles[0] * rows + cycles[1] * columns + rng.uniform(0, 3) * _noise(rng, rng.uniform(8, 24))
    return _colourise(2 * np.tanh(rng.uniform(0.5, 4) * np.sin(phase)), rng)


def _spots(rng: np.random.Generator) -> NDArray[np.uint8]:
    field = _noise(rng, rng.uniform(2, 12))
    return _colourise(2 * np.tanh(4 * (field - rng.uniform(-0.5, 1.2))), rng)


def _fur(rng: np.random.Generator) -> NDArray[np.uint8]:
    long, short = rng.uniform(6, 20), rng.uniform(0.5, 1.5)
    sigma = (long, short) if rng.random() < 0.5 else (short, long)
    return _colourise(_noise(rng, sigma) + 0.7 * _noise(rng, 20), rng)


def _patches(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Flat regions of a few colours with a little noise, as clothes and paint have."""
    field = _noise(rng, rng.uniform(10, 30))
    levels = int(rng.integers(2, 6))
    palette = rng.uniform(0, 255, (levels, 3))
    index = np.clip((field / 3 + 0.5) * levels, 0, levels - 1).astype(int)
    noisy = palette[index] + rng.uniform(0, 12) * rng.standard_normal((TEXTURE_SIZE, TEXTURE_SIZE, 1))
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)

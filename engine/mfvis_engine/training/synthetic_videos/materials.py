"""What things are painted with: textures, of which some are kept for held-out videos."""

from __future__ import annotations

import colorsys
import functools
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.training.synthetic.textures import PICTURE_NAMES, TEXTURE_SIZE, texture_bank

Float = NDArray[np.float32]

_BANK_SEED = 0
_NOISE_COUNT, _NOISE_KINDS = 180, 6
_GREY = np.float32(128)
_EVERY = 3
"""Of the pictures and of each kind of noise, one in so many is held out."""


class Split(StrEnum):
    """Videos to train from, and those that only judge."""

    TRAIN = "train"
    HELD_OUT = "held_out"


@dataclass(frozen=True, eq=False)
class Textures:
    """The textures of a split.

    Attributes:
        split: Which.
        pictures: (N, 256, 256, 3) uint8 RGB.
        means: (N, 3) float32, their mean colours.
        kinds: (N,) int64, of which kind of noise they are, 0 to 5; -1 for what is cut from pictures.
    """

    split: Split
    pictures: NDArray[np.uint8]
    means: Float
    kinds: NDArray[np.int64]

    @classmethod
    def of(cls, split: Split) -> Textures:
        """Makes them, always the same, in a few seconds. What is cut from one picture is of one split."""
        bank = _bank()
        crop_count = len(bank) - _NOISE_COUNT
        of_picture = np.arange(crop_count) // (crop_count // len(PICTURE_NAMES))
        group = np.append(of_picture, np.arange(_NOISE_COUNT) // _NOISE_KINDS)
        kinds = np.append(np.full(crop_count, -1), np.arange(_NOISE_COUNT) % _NOISE_KINDS)
        is_of_split = (group % _EVERY == _EVERY - 1) == (split is Split.HELD_OUT)
        chosen = bank[is_of_split]
        return cls(split, chosen, chosen.mean((1, 2)).astype(np.float32), kinds[is_of_split])


@functools.cache
def _bank() -> NDArray[np.uint8]:
    """(N, 256, 256, 3): crops of pictures, then noise."""
    return texture_bank(np.random.default_rng(_BANK_SEED), _NOISE_COUNT)


@dataclass(frozen=True, eq=False)
class Material:
    """A texture laid on a thing.

    Attributes:
        picture: (256, 256, 3) uint8, repeated in mirror image.
        mean: (3,) its mean colour.
        to_texture: (2, 3) from pixels of the thing to those of the texture.
        base: (3,) the mean colour it is to have.
        gain: Of its contrast.
    """

    picture: NDArray[np.uint8]
    mean: Float
    to_texture: Float
    base: Float
    gain: float

    @classmethod
    def random(cls, textures: Textures, rng: np.random.Generator, kind: int | None = None) -> Material:
        """Any texture, or any of a kind, as it is or in another colour."""
        fitting = np.arange(len(textures.pictures)) if kind is None else np.flatnonzero(textures.kinds == kind)
        index = int(fitting[rng.integers(len(fitting))])
        angle, scale = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(-0.7, 0.5))
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        shift = rng.uniform(0, 2 * TEXTURE_SIZE, 2)
        to_texture = np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]], np.float32)
        mean = textures.means[index]
        base = mean if rng.random() < 0.5 else rng.uniform(20, 235, 3).astype(np.float32)
        return cls(textures.pictures[index], mean, to_texture, base, float(rng.uniform(0.6, 1.2)))

    def paled(self, contrast: float) -> Material:
        """The same with less contrast, and less far from grey."""
        base = _GREY + np.float32(contrast) * (self.base - _GREY)
        return replace(self, base=base, gain=contrast * self.gain)

    def in_hue(self, hue: float, rng: np.random.Generator) -> Material:
        """The same texture in a colour of about this hue, 0 to 1."""
        red, green, blue = colorsys.hsv_to_rgb(
            (hue + rng.normal(0, 0.02)) % 1, rng.uniform(0.6, 1), rng.uniform(0.6, 1)
        )
        return replace(self, base=np.float32(255) * np.array([red, green, blue], np.float32))

    def coloured_like(self, other: Material, rng: np.random.Generator) -> Material:
        """The same texture in nearly the colour of another material."""
        return replace(self, base=(other.base + rng.normal(0, 14, 3)).astype(np.float32))

    def colours(self, x: Float, y: Float) -> Float:
        """The colours (..., 3) at points of the thing, in its pixels."""
        (a, b, c), (d, e, f) = self.to_texture
        left, right_part = _neighbours(a * x + b * y + c)
        top, low_part = _neighbours(d * x + e * y + f)
        upper = _between(self.picture[top, left], self.picture[top, left + 1], right_part)
        lower = _between(self.picture[top + 1, left], self.picture[top + 1, left + 1], right_part)
        return self.base + np.float32(self.gain) * (_between(upper, lower, low_part) - self.mean)


def _neighbours(at: Float) -> tuple[NDArray[np.intp], Float]:
    """The texture's pixel before a place, and how far the place is on the way to the next."""
    folded = np.abs((at % (2 * TEXTURE_SIZE)) - TEXTURE_SIZE) * np.float32((TEXTURE_SIZE - 1.001) / TEXTURE_SIZE)
    before = folded.astype(np.intp)
    return before, folded - before.astype(np.float32)


def _between(first: NDArray[np.generic], second: NDArray[np.generic], part: Float) -> Float:
    start = first.astype(np.float32)
    return np.asarray(start + part[..., None] * (second.astype(np.float32) - start))

"""The clip: camera, order of the layers, shadows, shutter and grain; and the exact masks that go with it."""

from dataclasses import dataclass

import numpy as np
from actors import Sprite, badge, butterfly, cup, gecko, snake, table
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift
from shapes import Floats, View

LENGTH = 60
WIDTH, HEIGHT = 480, 320
FRAME_RATE = 15
TRACKS = {1: "gecko", 2: "snake", 3: "butterfly"}
SEED = 20260

_SHUTTER = (-0.2, 0.0, 0.2)
"""Moments of one exposure, in frames; an odd number, so that no pixel is covered for exactly half of it."""
_GRAIN = 0.008
_MARGIN = 32
"""Pixels rendered beyond each border and cut off, so that what lies outside still throws its shadow in."""


@dataclass(frozen=True)
class Rendered:
    """One frame with its ground truth.

    Attributes:
        picture: (height, width, 3) uint8 RGB.
        labels: (height, width) uint8: the track that covers more than half of the pixel's light, or 0.
        visible_share: Track id -> visible area over the area it would have in the picture with nothing in
            front; 0 where it is not in the picture.
    """

    picture: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    visible_share: dict[int, float]


def camera(time: float) -> View:
    """A slow pan to the right with a push-in and out, held by hand; the view has the margin around it."""
    share = time / (LENGTH - 1)
    eased = share * share * (3 - 2 * share)
    shake_x = 1.6 * np.sin(0.61 * time) + 0.8 * np.sin(1.37 * time + 1)
    shake_y = 1.2 * np.sin(0.53 * time + 2) + 0.7 * np.sin(1.19 * time)
    return View(
        centre_xy=(238 + 124 * eased + shake_x, 230 - 22 * eased + shake_y),
        zoom=1.05 + 0.07 * np.sin(np.pi * share),
        roll=0.02 * np.sin(0.11 * time) + 0.004 * np.sin(0.9 * time),
        width=WIDTH + 2 * _MARGIN,
        height=HEIGHT + 2 * _MARGIN,
    )


def render(frame_index: int) -> Rendered:
    """Frame `frame_index` (from 0) and its masks; the same on every call."""
    exposures = [_expose(frame_index + moment) for moment in _SHUTTER]
    light, visible, whole = (np.mean(part, axis=0) for part in zip(*exposures, strict=True))
    grain = np.random.default_rng([SEED, frame_index]).normal(0, _GRAIN, light.shape)
    picture = np.rint(255 * np.clip(light * _vignette() + grain, 0, 1)).astype(np.uint8)
    labels = np.where(visible.max(axis=0) > 0.5, visible.argmax(axis=0) + 1, 0).astype(np.uint8)
    shares = {
        track_id: float((labels == track_id).sum() / max((whole[track_id - 1] > 0.5).sum(), 1)) for track_id in TRACKS
    }
    return Rendered(picture, labels, shares)


def _expose(time: float) -> tuple[Floats, Floats, Floats]:
    """One moment: light (H, W, 3), visible coverage and whole coverage of each track (tracks, H, W)."""
    view = camera(time)
    light = table(view)
    visible = np.zeros((len(TRACKS), view.height, view.width))
    whole = np.zeros_like(visible)
    for sprite in (actor(view, time) for actor in (badge, snake, gecko, _cup, butterfly)):
        light = light * (1 - 0.5 * _shadow(sprite))[..., None]
        light = light + (sprite.colour - light) * sprite.alpha[..., None]
        visible *= 1 - sprite.alpha
        if sprite.track_id:
            visible[sprite.track_id - 1] = whole[sprite.track_id - 1] = sprite.alpha
    inside = slice(_MARGIN, -_MARGIN)
    return light[inside, inside], visible[:, inside, inside], whole[:, inside, inside]


def _cup(view: View, _time: float) -> Sprite:
    return cup(view)


def _shadow(sprite: Sprite) -> Floats:
    """Darkness 0..1 of what the sprite throws on everything below it."""
    if not sprite.shadow_blur:
        return np.zeros_like(sprite.alpha)
    right, down = sprite.shadow_xy
    blurred = gaussian_filter(sprite.alpha, sprite.shadow_blur)
    return np.asarray(np.clip(shift(blurred, (down, right), order=1), 0, 1))


def _vignette() -> Floats:
    x = np.linspace(-1, 1, WIDTH)
    y = np.linspace(-1, 1, HEIGHT)[:, None]
    return np.asarray((1 - 0.16 * (x**2 + y**2) / 2)[..., None])

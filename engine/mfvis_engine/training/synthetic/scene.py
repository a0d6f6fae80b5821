"""Random scenes: a moving camera over a background, bodies that move and bend, things that pass in front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mfvis_engine.training.synthetic.bodies import MARKING_SLOT, Body, PartKind, blob, random_body
from mfvis_engine.training.synthetic.render import draw_background, draw_body, draw_shadow

Float = NDArray[np.float32]

CANVAS = 192
FRAMES = 3
_GRID = 9


@dataclass(frozen=True)
class Tube:
    """A rendered scene.

    Attributes:
        frames: (3, 192, 192, 3) uint8 RGB, consecutive in time.
        ids: (3, 192, 192) uint8, which body is seen at a pixel, 0 background.
        target_ids: bodies that an annotator could have boxed; the others are clutter and occluders.
    """

    frames: NDArray[np.uint8]
    ids: NDArray[np.uint8]
    target_ids: tuple[int, ...]


@dataclass(frozen=True)
class Bank:
    """Textures (N, 256, 256, 3) uint8 and their mean colours (N, 3)."""

    textures: NDArray[np.uint8]
    means: Float

    @classmethod
    def of(cls, textures: NDArray[np.uint8]) -> Bank:
        """Takes the mean colour of each texture once."""
        return cls(textures, textures.mean((1, 2)).astype(np.float32))


@dataclass(frozen=True)
class _Actor:
    """A body placed in the scene: joints (T, J, 2) in pixels, inverse (T, 2, 3), shadow (T, 5), what it looks like."""

    joints: Float
    parts: Float
    inverse: Float
    warp: Float
    extent: float
    look: Float
    materials: Float
    shadow: Float


def random_tube(rng: np.random.Generator, bank: Bank) -> Tube:
    """Renders one random scene of three frames."""
    ground = _background_materials(rng, bank)
    actors = _cluster(rng, bank, ground) if rng.random() < 0.25 else _ensemble(rng, bank, ground)
    occluders = [_occluder(rng, bank) for _ in range(int(rng.choice(4, p=[0.72, 0.16, 0.08, 0.04])))]
    pan = rng.normal(0, 4.0, 2) * (rng.random() < 0.75)
    camera = _camera(rng, pan)
    clutter = [_clutter(rng, bank, ground, pan) for _ in range(int(rng.choice(7, p=[0.3] + [0.7 / 6] * 6)))]
    region, cuts = _regions(rng)
    frames = np.empty((FRAMES, CANVAS, CANVAS, 3), np.uint8)
    ids = np.zeros((FRAMES, CANVAS, CANVAS), np.uint8)
    finish = _Finish.random(rng)
    for t in range(FRAMES):
        canvas = np.empty((CANVAS, CANVAS, 3), np.float32)
        draw_background(canvas, camera[t], region, cuts, ground, bank.textures, bank.means)
        for body_id, actor in enumerate(clutter + actors + occluders, start=1):
            if body_id == len(clutter) + 1:
                canvas = finish.background(canvas)
            _draw(canvas, ids[t], body_id, actor, t, bank)
        frames[t] = finish.frame(canvas, rng)
    return Tube(frames, ids, tuple(range(len(clutter) + 1, len(clutter) + len(actors) + 1)))


def _draw(canvas: Float, ids: NDArray[np.uint8], body_id: int, actor: _Actor, t: int, bank: Bank) -> None:
    if actor.shadow[t, 0] > 0:
        draw_shadow(canvas, actor.joints[t], actor.parts, actor.extent, actor.shadow[t])
    draw_body(
        canvas,
        ids,
        body_id,
        actor.joints[t],
        actor.parts,
        actor.inverse[t],
        actor.warp,
        actor.extent,
        actor.look,
        actor.materials,
        bank.textures,
        bank.means,
    )


@dataclass(frozen=True)
class _Finish:
    """What lens, light and sensor do to all frames alike."""

    background_blur: float
    blur: float
    noise: float
    light: Float
    tint: Float
    grey: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> _Finish:
        rows, columns = np.mgrid[:CANVAS, :CANVAS] / CANVAS - 0.5
        slope = rng.normal(0, 0.35, 2)
        light = np.clip(1 + slope[0] * rows + slope[1] * columns, 0.3, 1.8)[..., None]
        return cls(
            background_blur=float(rng.uniform(0.5, 4)) if rng.random() < 0.35 else 0.0,
            blur=float(rng.uniform(0.3, 1.6)) if rng.random() < 0.5 else 0.0,
            noise=float(rng.uniform(0, 14)) * float(rng.random() < 0.6),
            light=light.astype(np.float32),
            tint=rng.uniform(0.7, 1.25, 3).astype(np.float32),
            grey=bool(rng.random() < 0.15),
        )

    def background(self, canvas: Float) -> Float:
        """Out-of-focus blur of what lies behind the bodies."""
        return _blurred(canvas, self.background_blur)

    def frame(self, canvas: Float, rng: np.random.Generator) -> NDArray[np.uint8]:
        """The finished picture."""
        picture = _blurred(canvas, self.blur) * self.light * self.tint
        if self.grey:
            picture = np.repeat(picture.mean(2, keepdims=True), 3, axis=2)
        grain = rng.standard_normal(picture.shape, np.float32) * self.noise
        return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def _blurred(canvas: Float, sigma: float) -> Float:
    if sigma == 0:
        return canvas
    return np.asarray(ndimage.gaussian_filter(canvas, (sigma, sigma, 0), truncate=2.5), np.float32)


def _material(rng: np.random.Generator, bank: Bank, zoom: float = 1.0) -> Float:
    index = int(rng.integers(len(bank.textures)))
    angle, scale = rng.uniform(0, 2 * np.pi), zoom * np.exp(rng.uniform(-1.0, 0.9))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    gain = np.full(3, rng.choice([0.15, 0.5, 1.0, 1.0]) * rng.uniform(0.6, 1.2))
    base = bank.means[index] if rng.random() < 0.5 else rng.uniform(15, 240, 3)
    shift = rng.uniform(0, 512, 2)
    return np.asarray([index, cos, -sin, shift[0], sin, cos, shift[1], *base, *gain], np.float32)


def _background_materials(rng: np.random.Generator, bank: Bank) -> Float:
    return np.stack([_material(rng, bank) for _ in range(3)])


def _like(material: Float, rng: np.random.Generator, difference: float) -> Float:
    """The same material shifted in place and a little in colour: camouflage."""
    other = material.copy()
    other[[3, 6]] += rng.uniform(0, 256, 2)
    other[7:10] += rng.normal(0, difference, 3)
    return other


def _body_materials(rng: np.random.Generator, bank: Bank, ground: Float) -> Float:
    first = _like(ground[0], rng, 25) if rng.random() < 0.15 else _material(rng, bank, 1.3)
    see_through = rng.random() < 0.2  # as windows are
    marking = _like(ground[int(rng.integers(3))], rng, 25) if see_through else _material(rng, bank, 1.3)
    if rng.random() < 0.2:
        return np.stack([first, first, first, marking])
    second = _like(first, rng, 40) if rng.random() < 0.35 else _material(rng, bank, 1.3)
    return np.stack([first, second, _material(rng, bank, 1.3), marking])


def _plain_materials(material: Float) -> Float:
    """The same material in every slot."""
    return np.stack([material] * (MARKING_SLOT + 1))


def _ensemble(rng: np.random.Generator, bank: Bank, ground: Float) -> list[_Actor]:
    """One to four unlike or alike bodies anywhere, the later ones in front; some sit on the one before."""
    count = int(rng.choice([1, 2, 3, 4], p=[0.25, 0.35, 0.25, 0.15]))
    body, materials = random_body(rng), _body_materials(rng, bank, ground)
    actors: list[_Actor] = []
    centre, sunny = rng.uniform(0.2, 0.8, 2) * CANVAS, rng.random() < 0.4
    for _ in range(count):
        if rng.random() < 0.65:
            body = random_body(rng)
        if rng.random() < 0.7:
            materials = _body_materials(rng, bank, ground)
        riding = bool(actors) and rng.random() < 0.2
        centre = centre + rng.normal(0, 12, 2) if riding else rng.uniform(0.2, 0.8, 2) * CANVAS
        actors.append(_actor(rng, body, centre, _size(rng), materials, _look(rng), shaded=sunny))
    return actors


def _cluster(rng: np.random.Generator, bank: Bank, ground: Float) -> list[_Actor]:
    """Touching bodies of one material, told apart by rims, relief or shade only: cells, fruit, crowds."""
    materials = _plain_materials(
        _like(ground[0], rng, rng.choice([3, 30])) if rng.random() < 0.5 else _material(rng, bank, 1.3)
    )
    size, look, at = rng.uniform(45, 90), _look(rng, marked=True), rng.uniform(0.3, 0.7, 2) * CANVAS
    actors = []
    for _ in range(int(rng.integers(3, 8))):
        body = blob(rng) if rng.random() < 0.8 else random_body(rng)
        shaded = materials.copy()
        shaded[:, 7:10] += rng.normal(0, rng.choice([0, 12]))
        actors.append(_actor(rng, body, at, size * rng.uniform(0.8, 1.25), shaded, look, rng.uniform(0, 1.5)))
        angle = rng.uniform(0, 2 * np.pi)
        at = np.clip(at + size * rng.uniform(0.5, 0.8) * np.asarray([np.cos(angle), np.sin(angle)]), 20, CANVAS - 20)
    return actors


def _occluder(rng: np.random.Generator, bank: Bank) -> _Actor:
    """A bar across the picture, or clutter in front."""
    materials = _plain_materials(_material(rng, bank, 1.3))
    if rng.random() < 0.5:
        return _actor(rng, random_body(rng), rng.uniform(0, CANVAS, 2), _size(rng) * 0.6, materials, _look(rng))
    angle = rng.normal(np.pi / 2, 0.3)
    ends = np.asarray([[np.cos(angle), np.sin(angle)], [-np.cos(angle), -np.sin(angle)]], np.float32) * 1.5
    width = rng.uniform(0.01, 0.07)
    bar = Body(ends, np.asarray([[PartKind.CAPSULE, 0, 1, width, width, 0, 1]], np.float32))
    return _actor(rng, bar, rng.uniform(0.2, 0.8, 2) * CANVAS, CANVAS, materials, _look(rng))


def _clutter(rng: np.random.Generator, bank: Bank, ground: Float, pan: NDArray[np.float64]) -> _Actor:
    """Something large that belongs to the background and moves with it."""
    materials = _plain_materials(
        _like(ground[int(rng.integers(3))], rng, 40) if rng.random() < 0.4 else _material(rng, bank)
    )
    centre, size = rng.uniform(-0.1, 1.1, 2) * CANVAS, rng.uniform(0.3, 1.3) * CANVAS
    return _actor(rng, random_body(rng), centre, size, materials, _look(rng), speed=0.0, step=-pan)


def _regions(rng: np.random.Generator) -> tuple[Float, Float]:
    """A field (33, 33) and the two levels at which the background changes its material: patches, or straight bands."""
    field = ndimage.gaussian_filter(rng.standard_normal((33, 33)), rng.uniform(1.5, 6))
    if rng.random() < 0.4:
        rows, columns = np.mgrid[:33, :33] / 33
        angle = rng.normal(np.pi / 2, 0.5)
        field = rng.uniform(0.0, 0.1) * field / field.std() + np.sin(angle) * rows + np.cos(angle) * columns
    # The canvas sees the middle half of the field.
    cuts = np.quantile(field[8:25, 8:25], np.sort(rng.uniform(0.1, 1.2, 2)).clip(0, 1))
    return field.astype(np.float32), cuts.astype(np.float32)


def _size(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(34), np.log(150))))


def _look(rng: np.random.Generator, *, marked: bool = False) -> Float:
    """Edge, rim, halo and relief; `marked` makes sure that at least one of them shows the outline."""
    rim = rng.normal(0, 0.45) if marked or rng.random() < 0.3 else 0.0
    halo = rng.normal(0, 0.35) if rng.random() < (0.4 if marked else 0.15) else 0.0
    relief = rng.uniform(0.2, 0.9) if rng.random() < (0.6 if marked else 0.35) else 0.0
    angle = rng.uniform(0, 2 * np.pi)
    widths = rng.uniform(1.0, 7.0), rng.uniform(1.0, 5.0)
    soft = rng.uniform(0.8, 2.2)
    return np.asarray([soft, rim, widths[0], halo, widths[1], relief, np.cos(angle), np.sin(angle)], np.float32)


def _actor(
    rng: np.random.Generator,
    body: Body,
    centre: NDArray[np.float64],
    size: float,
    materials: Float,
    look: Float,
    speed: float = 1.0,
    step: NDArray[np.float64] | None = None,
    shaded: bool = False,
) -> _Actor:
    """Places a body: pose, stretch, motion of the whole and of its joints over the frames."""
    turn, spin = rng.normal(0, 0.5) + (rng.random() < 0.2) * rng.uniform(0, 6.28), speed * rng.normal(0, 0.06)
    stretch, growth = np.exp(rng.normal(0, 0.2, 2)), np.exp(speed * rng.normal(0, 0.02))
    step = speed * rng.normal(0, 4.0, 2) * (rng.random() < 0.8) if step is None else step
    flex = speed * rng.normal(0, 0.03, body.joints_xy.shape) * (not body.rigid and rng.random() < 0.7)
    joints, inverse = [], []
    for t in range(FRAMES):
        scale = size * growth**t
        cos, sin = np.cos(turn + spin * t), np.sin(turn + spin * t)
        forward = scale * np.asarray([[cos, -sin], [sin, cos]]) @ np.diag(stretch)
        at = centre + step * (t - 1)
        joints.append((body.joints_xy + flex * (t - 1)) @ forward.T + at)
        back = np.linalg.inv(forward) * size
        inverse.append(np.column_stack([back, -back @ at]))
    parts = body.parts.copy()
    parts[:, 3:5] *= size
    reach = np.abs(np.stack(joints) - centre).max() + parts[:, 3:5].max() * 1.2 + 4 * look[4]
    warp = ndimage.gaussian_filter(rng.standard_normal((2, _GRID, _GRID)), (0, 0.7, 0.7))
    warp *= size * rng.choice([0.0, 0.05, 0.12])
    shadow = _shadow(np.stack(joints), rng) if shaded else np.zeros((FRAMES, 5))
    arrays = (np.stack(joints), parts, np.stack(inverse), warp, materials, shadow)
    placed, parts32, inverse32, warp32, materials32, shadow32 = (array.astype(np.float32) for array in arrays)
    return _Actor(placed, parts32, inverse32, warp32, float(reach), look, materials32, shadow32)


def _shadow(joints: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """(T, 5): a shadow on the ground that the lowest joint stands on."""
    ground = joints[..., 1].max(1)
    shape = rng.uniform(0.2, 0.75), rng.uniform(1.5, 8.0)
    shear, flat = rng.normal(0, 0.8), rng.uniform(0.12, 0.5)
    return np.stack([[*shape, row, shear, flat] for row in ground])


def _camera(rng: np.random.Generator, pan: NDArray[np.float64]) -> Float:
    """Inverse camera motion, (T, 2, 3): pan in pixels a frame, zoom and roll about the centre."""
    zoom, roll = rng.normal(0, 0.012), rng.normal(0, 0.012)
    half = CANVAS / 2
    matrices = []
    for t in range(FRAMES):
        cos, sin = (
            np.exp(zoom * (t - 1)) * np.cos(roll * (t - 1)),
            np.exp(zoom * (t - 1)) * np.sin(roll * (t - 1)),
        )
        linear = np.asarray([[cos, -sin], [sin, cos]])
        matrices.append(np.column_stack([linear, half - linear @ (half, half) + pan * (t - 1)]))
    return np.stack(matrices).astype(np.float32)

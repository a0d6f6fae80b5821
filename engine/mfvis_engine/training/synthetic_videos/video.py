"""One synthetic video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.training.synthetic_videos.materials import Float, Material, Split, Textures
from mfvis_engine.training.synthetic_videos.motion import Poses, camera_poses, object_poses, similarity
from mfvis_engine.training.synthetic_videos.silhouettes import CLASS_NAMES, Outline, coverage, random_outline

Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class SyntheticVideoSettings:
    """What the videos are like; lengths are in pixels.

    Attributes:
        height: Of the frames.
        width: Of the frames.
        length: T, the number of frames.
        most_objects: From one to so many are in a video.
        diameters_px: The smallest and the largest object.
        speed_px: Of the objects at the most, a frame.
        pan_px: Standard deviation of the camera's movement in each direction, a frame.
        zoom_share: The same of its zoom.
        own_texture_probability: Of an object to be painted with the kind of texture that its class has for its own:
            cells, stripes, spots, fur or patches, in the order of the classes; otherwise with any.
        own_colour_probability: Of an object to have the colour of its class, more or less; otherwise any.
        ground_contrast: Of the background's texture and of its mean colour with grey, to what they would be by chance.
        camouflage_probability: Of an object to have nearly the background's mean colour.
        bar_probability: Of a video to have a bar in front of all objects.
        most_noise: Standard deviation of the noise at the most, of values 0..255.
        min_visible_px: Objects of which less is to be seen in a frame are absent in it.
    """

    height: int = 128
    width: int = 192
    length: int = 12
    most_objects: int = 4
    diameters_px: tuple[float, float] = (30, 70)
    speed_px: float = 6
    pan_px: float = 2
    zoom_share: float = 0.004
    own_texture_probability: float = 0.0
    own_colour_probability: float = 0.0
    ground_contrast: float = 1.0
    camouflage_probability: float = 0.3
    bar_probability: float = 0.25
    most_noise: float = 5
    min_visible_px: int = 12

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width


@dataclass(frozen=True, eq=False)
class SyntheticVideo:
    """A video of N objects, each to be seen in one of the T frames at least.

    Attributes:
        name: Unique in a split.
        frames_rgb: (T, H, W, 3) uint8.
        labels: (T, H, W) uint8: which object is seen, its row plus 1; 0 background.
        class_index: (N,) int64, into `CLASS_NAMES`.
        boxes_xyxy: (N, T, 4) float32, tight around what is seen, in pixel edges; NaN where the object is absent.
    """

    name: str
    frames_rgb: NDArray[np.uint8]
    labels: Labels
    class_index: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float32]

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, T) bool."""
        present: NDArray[np.bool_] = ~np.isnan(self.boxes_xyxy[..., 0])
        return present

    @property
    def masks(self) -> NDArray[np.bool_]:
        """(N, T, H, W) bool, what is seen of each object."""
        rows = np.arange(1, len(self.class_index) + 1, dtype=np.uint8)
        masks: NDArray[np.bool_] = self.labels == rows[:, None, None, None]
        return masks


@dataclass(frozen=True, eq=False)
class _Thing:
    """An outline (P, 2) in its own pixels, where it is, what it is painted with, and its label."""

    outline: Outline
    poses: Poses
    material: Material
    label: int


def make_video(settings: SyntheticVideoSettings, textures: Textures, seed: int, index: int) -> SyntheticVideo:
    """The video of a number, the same whenever it is made.

    Args:
        settings: What it is like.
        textures: Of its split; the same number is another video in the other split.
        seed: From 0.
        index: From 0.
    """
    rng = np.random.default_rng((seed, list(Split).index(textures.split), index))
    camera = camera_poses(rng, settings.length, settings.size_hw, settings.pan_px, settings.zoom_share)
    ground = Material.random(textures, rng).paled(settings.ground_contrast)
    class_index = rng.integers(len(CLASS_NAMES), size=int(rng.integers(settings.most_objects)) + 1)
    things = _objects(settings, textures, rng, class_index, camera, ground)
    if rng.random() < settings.bar_probability:
        things.append(_bar(settings, textures, rng, camera))
    frames_rgb = np.empty((settings.length, *settings.size_hw, 3), np.uint8)
    labels = np.zeros((settings.length, *settings.size_hw), np.uint8)
    noise = rng.uniform(0, settings.most_noise)
    for t in range(settings.length):
        canvas = _background(ground, camera[t], settings.size_hw)
        for thing in things:
            _draw(canvas, labels[t], thing, t)
        grain = noise * rng.standard_normal(canvas.shape, np.float32)
        frames_rgb[t] = np.clip(canvas + grain + np.float32(0.5), 0, 255)
    return _finished(f"{textures.split}_{index:05d}", frames_rgb, labels, class_index, settings.min_visible_px)


def _objects(
    settings: SyntheticVideoSettings,
    textures: Textures,
    rng: np.random.Generator,
    class_index: NDArray[np.int64],
    camera: Poses,
    ground: Material,
) -> list[_Thing]:
    """The later ones lie in front."""
    things: list[_Thing] = []
    for row, kind in enumerate(class_index.tolist()):
        radius = rng.uniform(*settings.diameters_px) / 2
        others = [thing.poses for thing in things]
        poses = object_poses(rng, camera, settings.size_hw, settings.speed_px, others, reach=1.2 * radius)
        own = rng.random() < settings.own_texture_probability
        material = Material.random(textures, rng, kind=kind + 1 if own else None)
        if rng.random() < settings.own_colour_probability:
            material = material.in_hue(kind / len(CLASS_NAMES), rng)
        if rng.random() < settings.camouflage_probability:
            material = material.coloured_like(ground, rng)
        things.append(_Thing(random_outline(kind, rng) * radius, poses, material, row + 1))
    return things


def _bar(settings: SyntheticVideoSettings, textures: Textures, rng: np.random.Generator, camera: Poses) -> _Thing:
    """A pole or rail nearer to the camera, which the pan therefore moves faster."""
    height, width = settings.size_hw
    half_length, half_width = float(height + width), rng.uniform(3, 7)
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15)
    middle = np.array([width, height]) / 2
    at = middle + rng.uniform(-0.35, 0.35, 2) * [width, height] + 1.6 * (camera[:, :2, 2] - middle)
    ones = np.ones(settings.length)
    poses = similarity(ones, ones * angle, at[:, 0], at[:, 1])
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    return _Thing(corners * [half_length, half_width], poses, Material.random(textures, rng), 0)


def _background(ground: Material, camera: NDArray[np.float64], size_hw: tuple[int, int]) -> Float:
    return ground.colours(*_own_pixels(camera, (0, 0), size_hw))


def _draw(canvas: Float, labels: Labels, thing: _Thing, t: int) -> None:
    pose = thing.poses[t]
    outline_px = thing.outline @ pose[:2, :2].T + pose[:2, 2]
    height, width = labels.shape
    left, top = np.clip(np.floor(outline_px.min(0)), 0, [width, height]).astype(int).tolist()
    right, bottom = np.clip(np.ceil(outline_px.max(0)), 0, [width, height]).astype(int).tolist()
    if left >= right or top >= bottom:
        return
    size_hw, window = (bottom - top, right - left), (slice(top, bottom), slice(left, right))
    covered = coverage(outline_px - [left, top], *size_hw)
    colours = thing.material.colours(*_own_pixels(pose, (left, top), size_hw))
    canvas[window] += covered[..., None] * (colours - canvas[window])
    labels[window][covered >= 0.5] = thing.label


def _own_pixels(pose: NDArray[np.float64], corner_xy: tuple[int, int], size_hw: tuple[int, int]) -> tuple[Float, Float]:
    """Where the middles of a window's pixels are on a thing, x and y."""
    (a, b, c), (d, e, f), _ = np.linalg.inv(pose).astype(np.float32)
    x = np.arange(size_hw[1], dtype=np.float32) + np.float32(corner_xy[0] + 0.5)
    y = np.arange(size_hw[0], dtype=np.float32)[:, None] + np.float32(corner_xy[1] + 0.5)
    return a * x + b * y + c, d * x + e * y + f


def _finished(
    name: str, frames_rgb: NDArray[np.uint8], labels: Labels, class_index: NDArray[np.int64], min_visible_px: int
) -> SyntheticVideo:
    """With boxes, and without what is hardly seen."""
    boxes_xyxy = np.full((len(class_index), len(labels), 4), np.nan, np.float32)
    for t, picture in enumerate(labels):
        for row in range(len(class_index)):
            mask = picture == row + 1
            if np.count_nonzero(mask) >= min_visible_px:
                ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
                boxes_xyxy[row, t] = xs[0], ys[0], xs[-1] + 1, ys[-1] + 1
            else:
                picture[mask] = 0
    seen = ~np.isnan(boxes_xyxy[..., 0]).all(1)
    new_labels = np.append(0, np.cumsum(seen) * seen).astype(np.uint8)
    return SyntheticVideo(name, frames_rgb, new_labels[labels], class_index[seen], boxes_xyxy[seen])

"""What moves on the table, and the cup in front: each a soft sprite for one view and one moment."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from shapes import Floats, Relief, Trail, View, ellipse_distance, lit, textured, tubes
from skimage import data
from skimage.draw import polygon

LAMP = np.array([1.06, 0.93, 0.80])
"""Warm light of the cafe, put on textures that were photographed in daylight."""

_CUP_OUTLINE_XY = [
    (172.5, 112), (173, 135), (176, 160), (182, 185), (190, 205), (203, 225), (219, 236),
    (205, 250), (198, 262), (195, 285), (203, 300), (224, 308), (231, 294), (241, 270), (256, 262),
    (258, 280), (280, 286), (300, 285), (320, 276), (335, 262), (352, 240), (371, 217), (387, 200),
    (396, 185), (403, 162), (408, 135),
]  # fmt: skip
"""Body and handle of the photographed cup, from the left end of the rim round to its right end."""

_SNAKE_TRAIL = Trail(
    [(40, 400), (62, 330), (85, 255), (120, 170), (185, 105), (290, 78), (385, 88), (440, 140),
     (470, 215), (468, 290), (430, 355), (360, 400)]
)  # fmt: skip
_GECKO_TRAIL = Trail([(90, 378), (190, 350), (280, 335), (360, 326), (430, 300), (490, 250), (530, 190), (560, 110)])
_BUTTERFLY_TRAIL = Trail(
    [(275, 235), (325, 165), (385, 70), (425, -30), (480, -60), (540, -10), (525, 85), (455, 165),
     (385, 225), (320, 250)]
)  # fmt: skip


@dataclass(frozen=True)
class Sprite:
    """One thing in one view.

    Attributes:
        colour: (height, width, 3), 0..1.
        alpha: (height, width), 0..1, the share of each pixel it covers.
        track_id: 1..3, or 0 for what nobody annotates.
        shadow_xy: Where its shadow falls, in picture pixels from itself.
        shadow_blur: Softness of the shadow in picture pixels.
    """

    colour: Floats
    alpha: Floats
    track_id: int
    shadow_xy: tuple[float, float] = (0.0, 0.0)
    shadow_blur: float = 0.0


@cache
def photograph(name: str) -> Floats:
    """A picture bundled with scikit-image, (rows, columns, 3) in 0..1."""
    return np.asarray(getattr(data, name)(), dtype=float) / 255


def table(view: View) -> Floats:
    """The photographed table with saucer, spoon and cup: (height, width, 3)."""
    return textured(photograph("coffee"), *view.world_xy)


def cup(view: View) -> Sprite:
    """The photographed cup alone, which hides what passes behind it."""
    x, y = view.world_xy
    alpha = map_coordinates(_cup_alpha(), np.stack([2 * y - 0.5, 2 * x - 0.5]), order=1, mode="nearest")
    return Sprite(table(view), alpha, track_id=0)


@cache
def _cup_alpha() -> Floats:
    """Coverage of the cup at twice the photograph's resolution."""
    rows, columns = (2 * size for size in photograph("coffee").shape[:2])
    angle = np.linspace(0, -np.pi, 60)
    rim_xy = np.stack([290.5 + 118 * np.cos(angle), 113 + 95.5 * np.sin(angle)], axis=-1)
    outline_xy = np.concatenate([rim_xy, np.array(_CUP_OUTLINE_XY, dtype=float)])
    filled = np.zeros((rows, columns))
    filled[polygon(2 * outline_xy[:, 1], 2 * outline_xy[:, 0], filled.shape)] = 1  # type: ignore[no-untyped-call]
    return np.asarray(gaussian_filter(filled, 1.0))


def snake(view: View, time: float) -> Sprite:
    """A snake in flag cloth that winds its way round the back of the cup (track 2)."""
    head = 325 + 8.0 * time
    behind = np.linspace(0, 285, 58)
    sway = 8 * np.minimum(behind / 40 + 0.3, 1) * np.sin(2 * np.pi * (head - behind) / 88 + 0.05 * time)
    share = behind / behind[-1]
    radii = 11.0 * np.interp(share, [0, 0.03, 0.07, 0.12, 0.4, 0.75, 1], [0.62, 1.02, 0.95, 0.78, 1, 0.85, 0.16])
    spine = _SNAKE_TRAIL.beside(head - behind, sway)
    body = tubes(view, [(spine, radii)])
    flag_row = 12 + 1.5 * body.along
    cloth = textured(photograph("astronaut"), 40 - 0.09 * flag_row + 0.6 * body.across, flag_row)
    colour = _rounded(cloth**0.75 * LAMP, body, gloss=0.22)
    colour = _eyes(view, colour, spine[:4], spread=5.5, size=2.2)
    return Sprite(colour, view.coverage(body.distance), 2, shadow_xy=(-5, 6), shadow_blur=3)


def gecko(view: View, time: float) -> Sprite:
    """A gecko in orange cloth that walks along the front of the saucer (track 1)."""
    head = 190 + 5.0 * time
    behind = np.linspace(0, 158, 40)
    share = behind / behind[-1]
    phase = 2 * np.pi * time / 16
    sway = np.interp(share, [0, 0.2, 0.5, 1], [2, 3, 4, 17]) * np.sin(phase - 5.2 * share)
    spine = _GECKO_TRAIL.beside(head - behind, sway)
    radii = np.interp(
        share,
        [0, 0.04, 0.1, 0.17, 0.22, 0.33, 0.46, 0.55, 0.62, 0.8, 1],
        [5.5, 9.5, 12, 9.5, 10, 14, 13, 9, 7.5, 5, 1.2],
    )
    limbs = [
        limb
        for index, side, lead in ((9, 1, 0.0), (9, -1, np.pi), (20, 1, np.pi), (20, -1, 0.0))
        for limb in _leg(spine, index, side, phase + lead)
    ]
    body = tubes(view, [(spine, radii), *limbs])
    cloth = textured(photograph("astronaut"), 92 + 1.3 * body.across, 265 + 1.25 * body.along)
    spots = np.sin(0.5 * body.along + 1.8 * np.sin(0.3 * body.across)) * np.cos(0.48 * body.across)
    speckled = cloth * LAMP * (1 - 0.6 * np.clip(2.2 * spots - 0.9, 0, 1))[..., None]
    colour = _eyes(view, _rounded(speckled, body, gloss=0.12), spine[1:6], spread=8.5, size=2.8)
    return Sprite(colour, view.coverage(body.distance), 1, shadow_xy=(-5, 6), shadow_blur=3)


def _leg(spine: Floats, index: int, side: int, phase: float) -> list[tuple[Floats, Floats]]:
    """Thigh, shin and three toes of the leg at one spine point; `phase` is its place in the stride."""
    forward = spine[index - 2] - spine[index + 2]
    heading = np.arctan2(forward[1], forward[0])
    swing = 0.5 * np.sin(phase)
    hip = spine[index]
    knee = hip + 23 * _unit(heading + side * (1.45 - swing))
    foot = knee + 15 * _unit(heading + side * (0.55 - 0.9 * swing))
    toes = [foot + 8 * _unit(heading + side * (0.5 - 0.5 * swing + spread)) for spread in (-0.65, 0.0, 0.65)]
    leg = (np.array([hip, knee, foot]), np.array([6.5, 4.6, 3.6]))
    return [leg, *((np.array([foot, toe]), np.array([2.4, 1.8])) for toe in toes)]


def butterfly(view: View, time: float) -> Sprite:
    """A butterfly with evening-sky wings that flies off the picture and returns (track 3)."""
    arc = np.array([13.2 * time])
    (place,), (ahead,) = _BUTTERFLY_TRAIL.at(arc), _BUTTERFLY_TRAIL.direction(arc)
    heading = 0.55 * np.arctan2(ahead[0], -ahead[1]) + 0.12 * np.sin(0.7 * time)
    opening = 0.68 + 0.32 * np.cos(2 * np.pi * time / 7.3)
    x, y = view.world_xy
    x, y = _turned(x - place[0], y - place[1], heading)
    wing_x = np.abs(x) / opening
    distance = _wings(wing_x, y)
    cloth = textured(photograph("rocket"), 158 + 1.25 * wing_x, 382 + 1.1 * y)
    margin = np.clip(1 + distance / 4.5, 0, 1)
    wings = cloth * LAMP * (0.95 + 0.4 * opening) * (1 - 0.75 * margin)[..., None]
    body = _butterfly_body(view, place, heading)
    inside = view.coverage(body.distance)
    trunk = _rounded(np.broadcast_to(0.22 * LAMP, wings.shape), body, gloss=0.3)
    colour = wings + (trunk - wings) * inside[..., None]
    alpha = np.maximum(view.coverage(distance * opening), inside)
    return Sprite(colour, alpha, 3, shadow_xy=(-20, 26), shadow_blur=4)


def _wings(x: Floats, y: Floats) -> Floats:
    """Signed distance to the right-hand pair of wings, spread flat."""
    fore = ellipse_distance(*_turned(x - 25, y + 15, -0.62), 30, 15.5)
    hind = ellipse_distance(*_turned(x - 17, y - 14, 0.75), 22, 15)
    scallop = 0.9 * np.sin(14 * np.arctan2(y, x + 6))
    return np.asarray(np.minimum(fore, hind) + scallop)


def _butterfly_body(view: View, place: Floats, heading: float) -> Relief:
    ahead, right = _unit(heading - np.pi / 2), _unit(heading)
    spine = place + np.array([[14.0], [8.0], [-4.0], [-20.0]]) * ahead
    feelers = [
        (place + np.array([14 * ahead, 23 * ahead + side * 7 * right]), np.array([1.0, 0.9])) for side in (-1, 1)
    ]
    return tubes(view, [(spine, np.array([3.2, 3.6, 4.0, 1.6])), *feelers])


def badge(view: View, time: float) -> Sprite:
    """A turning embroidered badge that nobody annotates."""
    x, y = view.world_xy
    x, y = _turned(x - (548 - 0.9 * time), y - (60 + 1.5 * time), 0.035 * time + 0.4)
    distance = np.hypot(x, y) - 25
    cloth = textured(photograph("astronaut"), 173.3 + 1.4 * x, 385.3 + 1.44 * y)
    return Sprite(cloth * LAMP * 0.9, view.coverage(distance), 0, shadow_xy=(-2, 3), shadow_blur=2)


def _rounded(colour: Floats, relief: Relief, *, gloss: float) -> Floats:
    diffuse, highlight = lit(relief, gloss=gloss)
    return np.asarray(colour * diffuse[..., None] + highlight[..., None] * LAMP)


def _eyes(view: View, colour: Floats, neck: Floats, *, spread: float, size: float) -> Floats:
    """Two dark eyes with a glint, beside the second point of `neck`, which runs from the nose back."""
    ahead = (neck[0] - neck[-1]) / np.linalg.norm(neck[0] - neck[-1])
    right = np.array([-ahead[1], ahead[0]])
    for side in (-1, 1):
        eye = neck[1] + side * spread * right
        x, y = view.world_xy
        for centre, radius, tone in ((eye, size, 0.04), (eye + np.array([0.8, -0.9]), size / 3, 0.95)):
            inside = view.coverage(np.hypot(x - centre[0], y - centre[1]) - radius)[..., None]
            colour = colour + (tone - colour) * inside
    return colour


def _unit(angle: float) -> Floats:
    return np.array([np.cos(angle), np.sin(angle)])


def _turned(x: Floats, y: Floats, angle: float) -> tuple[Floats, Floats]:
    """Coordinates in axes turned by `angle`."""
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x

"""Random bodies: skeletons of tapered capsules, boxes and rings whose joints can move.

A body is a set of points (joints) and of parts between them. Coordinates are in units of the body's size, centred on
zero, y downward, so that limbs hang and heads are on top more often than not, as in real footage.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray


class PartKind(enum.IntEnum):
    """How a part's distance function reads its two points and two radii."""

    CAPSULE = 0  # a thick line from joint a to joint b, radius tapering from r0 to r1
    BOX = 1  # centred on joint a, axis toward joint b, half extents r0 along and r1 across
    RING = 2  # circle of radius r0 about joint a, half width r1


MARKING_SLOT = 3


@dataclass(frozen=True)
class Body:
    """Joints and the parts between them.

    Attributes:
        joints_xy: (J, 2) float32.
        parts: (P, 7) float32 rows of kind, joint a, joint b, r0, r1, material slot (0..3, the last one for markings),
            and 1 to add, -1 to cut away, 0 to paint on what is there.
        rigid: Whether the joints keep their places to each other.
    """

    joints_xy: NDArray[np.float32]
    parts: NDArray[np.float32]
    rigid: bool = False


@dataclass
class _Builder:
    joints: list[tuple[float, float]] = field(default_factory=list)
    parts: list[tuple[float, ...]] = field(default_factory=list)

    def joint(self, x: float, y: float) -> int:
        self.joints.append((x, y))
        return len(self.joints) - 1

    def part(
        self,
        a: int,
        b: int,
        r0: float,
        r1: float,
        *,
        kind: PartKind = PartKind.CAPSULE,
        slot: int = 0,
        sign: int = 1,
    ) -> None:
        self.parts.append((kind, a, b, r0, r1, slot, sign))

    def limb(self, start: int, angle: float, length: float, radius: float, slot: int, rng: np.random.Generator) -> int:
        """Two segments from `start`, bent at random; returns the joint at the end."""
        at = self.joints[start]
        for fraction in (0.5, 0.5):
            at = (at[0] + fraction * length * np.cos(angle), at[1] + fraction * length * np.sin(angle))
            end = self.joint(*at)
            self.part(start, end, radius, radius * 0.75, slot=slot)
            start, radius, angle = end, radius * 0.75, angle + rng.normal(0, 0.6)
        return start

    def mark(self, at: int, toward: int, r0: float, r1: float, kind: PartKind = PartKind.BOX) -> None:
        """Paint of the marking's material."""
        self.part(at, toward, r0, r1, kind=kind, slot=MARKING_SLOT, sign=0)

    def build(self, *, rigid: bool = False) -> Body:
        joints = np.asarray(self.joints, np.float32)
        return Body(joints - (joints.max(0) + joints.min(0)) / 2, np.asarray(self.parts, np.float32), rigid)


def random_body(rng: np.random.Generator) -> Body:
    """One of all templates, mirrored at random and often with markings."""
    names = list(_TEMPLATES)
    weights = np.asarray([_TEMPLATES[name][0] for name in names])
    body = _TEMPLATES[names[rng.choice(len(names), p=weights / weights.sum())]][1](rng)
    if rng.random() < 0.65:
        body = _marked(body, rng)
    return replace(body, joints_xy=body.joints_xy * np.asarray([rng.choice([-1, 1]), 1], np.float32))


def _marked(body: Body, rng: np.random.Generator) -> Body:
    """Patches, bands and stripes of another colour on some parts: coats, clothes, windows, faces, signs."""
    solid = body.parts[body.parts[:, 6] > 0]
    chances = solid[:, 3] + solid[:, 4]
    marks = []
    for _ in range(int(rng.integers(1, 6))):
        part = solid[rng.choice(len(solid), p=chances / chances.sum())]
        _, a, b, r0, r1, _, _ = part
        kind = rng.choice([PartKind.CAPSULE, PartKind.BOX])
        along, across = rng.uniform(0.15, 1.3, 2) * (r0, r1)
        marks.append((kind, *rng.permutation([a, b]), along, across, MARKING_SLOT, 0))
    return replace(body, parts=np.concatenate([body.parts, np.asarray(marks, np.float32)]))


def blob(rng: np.random.Generator) -> Body:
    """One to four fat capsules: stones, cells, fruit, heads."""
    builder = _Builder()
    centre = builder.joint(0, 0)
    for _ in range(int(rng.integers(1, 5))):
        end = builder.joint(*rng.uniform(-0.25, 0.25, 2))
        builder.part(centre, end, rng.uniform(0.2, 0.4), rng.uniform(0.15, 0.4), slot=int(rng.integers(2)))
    return builder.build()


def quadruped(rng: np.random.Generator) -> Body:
    """A torso on four legs with neck, head, ears and tail."""
    builder, thick = _Builder(), rng.uniform(0.1, 0.2)
    hip, chest = builder.joint(-0.3, 0), builder.joint(0.3, rng.uniform(-0.1, 0.1))
    builder.part(hip, chest, thick, thick * rng.uniform(0.9, 1.3))
    for root in (hip, hip, chest, chest):
        slot = int(rng.integers(3))
        builder.limb(
            root,
            np.pi / 2 + rng.normal(0, 0.4),
            rng.uniform(0.25, 0.6),
            thick * rng.uniform(0.25, 0.5),
            slot,
            rng,
        )
    head = builder.limb(chest, rng.uniform(-1.3, 0.3), rng.uniform(0.15, 0.5), thick * 0.6, int(rng.integers(2)), rng)
    snout = builder.joint(builder.joints[head][0] + rng.uniform(0.05, 0.15), builder.joints[head][1] + 0.04)
    builder.part(head, snout, thick * rng.uniform(0.5, 0.8), thick * 0.35, slot=int(rng.integers(3)))
    if rng.random() < 0.7:
        builder.limb(hip, np.pi + rng.uniform(-1, 1), rng.uniform(0.1, 0.5), thick * 0.25, 0, rng)
    return builder.build()


def biped(rng: np.random.Generator) -> Body:
    """A figure with head, arms and legs, each perhaps of another material."""
    builder, thick = _Builder(), rng.uniform(0.07, 0.14)
    hip, neck = builder.joint(0, 0.05), builder.joint(rng.normal(0, 0.08), -0.3)
    head = builder.joint(builder.joints[neck][0] + rng.normal(0, 0.05), -0.42 - thick * 0.3)
    builder.part(hip, neck, thick, thick * 1.2, slot=0)
    builder.part(neck, head, thick * 0.4, thick * rng.uniform(0.6, 0.9), slot=1)
    for root, length, slot, spread in ((neck, 0.42, int(rng.integers(2)), 1.2), (hip, 0.55, 2, 0.45)):
        for side in (-1, 1):
            angle = np.pi / 2 + side * abs(rng.normal(0.2, spread))
            builder.limb(root, angle, length, thick * rng.uniform(0.4, 0.65), slot, rng)
    return builder.build()


def worm(rng: np.random.Generator) -> Body:
    """A tapering, curved chain: larvae, snakes, fish with fins, tails."""
    builder, count = _Builder(), int(rng.integers(4, 8))
    radius, angle, curl = rng.uniform(0.03, 0.16), 0.0, rng.normal(0, 0.45)
    at, last = (-0.5, 0.0), builder.joint(-0.5, 0)
    taper = rng.uniform(0.55, 1.0)
    for i in range(count):
        angle += curl + rng.normal(0, 0.25)
        at = (at[0] + np.cos(angle) / count, at[1] + np.sin(angle) / count)
        joint = builder.joint(*at)
        builder.part(last, joint, radius, radius * taper, slot=int(i == 0 and rng.random() < 0.5))
        last, radius = joint, radius * taper
    for _ in range(int(rng.integers(0, 4))):
        root = int(rng.integers(count))
        builder.limb(root, rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.3), rng.uniform(0.02, 0.06), 2, rng)
    return builder.build()


def bird(rng: np.random.Generator) -> Body:
    """A body with a long thin neck, a head and a tail."""
    builder, thick = _Builder(), rng.uniform(0.14, 0.24)
    rear, front = builder.joint(-0.25, 0.1), builder.joint(0.15, 0.12)
    builder.part(rear, front, thick * rng.uniform(0.5, 1.0), thick)
    neck = builder.limb(front, rng.uniform(-1.7, -0.8), rng.uniform(0.3, 0.7), thick * rng.uniform(0.2, 0.4), 0, rng)
    beak = builder.joint(builder.joints[neck][0] + 0.13, builder.joints[neck][1] + rng.uniform(-0.05, 0.1))
    builder.part(neck, beak, thick * 0.4, thick * 0.1, slot=1)
    tail = builder.joint(-0.5, rng.uniform(-0.1, 0.1))
    builder.part(rear, tail, thick * 0.5, thick * 0.15, slot=int(rng.integers(2)))
    return builder.build()


def vehicle(rng: np.random.Generator) -> Body:
    """A rigid hull with cabin, windows, lamps and wheels, seen from the side or from an end."""
    builder = _Builder()
    half = rng.uniform(0.35, 0.5) if rng.random() < 0.7 else rng.uniform(0.18, 0.3)
    tall, roof = rng.uniform(0.08, 0.17), rng.uniform(0.05, 0.14)
    centre, forward = builder.joint(0, 0), builder.joint(0.1, 0)
    builder.part(centre, forward, half, tall, kind=PartKind.BOX)
    cabin = builder.joint(rng.uniform(-0.3, 0.3) * half, -tall - roof * 0.7)
    ahead = builder.joint(builder.joints[cabin][0] + 0.1, builder.joints[cabin][1])
    width = half * rng.uniform(0.4, 0.95)
    builder.part(cabin, ahead, width, roof, kind=PartKind.BOX, slot=int(rng.choice([0, 0, 1])))
    for x in np.linspace(-1, 1, int(rng.integers(1, 4)) + 1)[1:] - 0.5 / max(1, int(rng.integers(1, 3))):
        window = builder.joint(builder.joints[cabin][0] + x * width * 0.6, builder.joints[cabin][1])
        beside = builder.joint(builder.joints[window][0] + 0.1, builder.joints[window][1])
        builder.mark(window, beside, width * rng.uniform(0.15, 0.4), roof * rng.uniform(0.4, 0.8))
    for x in (-0.9, 0.9):
        if rng.random() < 0.6:
            lamp = builder.joint(x * half, rng.uniform(-0.4, 0.2) * tall)
            builder.mark(lamp, lamp, rng.uniform(0.02, 0.05), rng.uniform(0.02, 0.05), PartKind.CAPSULE)
    for x in (-0.65, 0.65):
        wheel, radius = builder.joint(x * half, tall), rng.uniform(0.06, 0.13)
        builder.part(wheel, wheel, radius, radius, slot=2)
        if rng.random() < 0.5:
            builder.mark(wheel, wheel, radius * 0.6, radius * 0.6, PartKind.CAPSULE)
    return builder.build(rigid=True)


def framework(rng: np.random.Generator) -> Body:
    """Thin bars and rings: bicycles, chairs, carts."""
    builder, thin = _Builder(), rng.uniform(0.012, 0.04)
    corners = [builder.joint(*rng.uniform(-0.5, 0.5, 2)) for _ in range(int(rng.integers(4, 7)))]
    for a, b in itertools.pairwise(corners):
        builder.part(a, b, thin, thin, slot=int(rng.integers(3)))
    for _ in range(int(rng.integers(0, 4))):
        a, b = rng.choice(corners, 2, replace=False)
        builder.part(int(a), int(b), thin, thin)
    if rng.random() < 0.6:
        radius = rng.uniform(0.14, 0.26)
        for x in (-0.32, 0.32):
            hub = builder.joint(x, 0.3)
            builder.part(hub, hub, radius, thin, kind=PartKind.RING, slot=1)
            builder.part(hub, corners[0], thin, thin)
    elif rng.random() < 0.7:
        builder.part(corners[0], corners[1], rng.uniform(0.1, 0.25), rng.uniform(0.04, 0.12), kind=PartKind.BOX)
    return builder.build(rigid=rng.random() < 0.6)


def tree(rng: np.random.Generator) -> Body:
    """Limbs growing from limbs, of any thickness: plants, hands, neurons."""
    builder = _Builder()
    builder.joint(0, 0)
    for _ in range(int(rng.integers(3, 8))):
        root = int(rng.integers(len(builder.joints)))
        builder.limb(
            root,
            rng.uniform(0, 2 * np.pi),
            rng.uniform(0.15, 0.5),
            rng.uniform(0.02, 0.15),
            int(rng.integers(3)),
            rng,
        )
    return builder.build()


def slab(rng: np.random.Generator) -> Body:
    """A turned rectangle, perhaps with a window cut out: boards, doors, books, crystals."""
    builder, angle = _Builder(), rng.uniform(0, np.pi)
    centre, toward = builder.joint(0, 0), builder.joint(0.1 * np.cos(angle), 0.1 * np.sin(angle))
    long, wide = rng.uniform(0.25, 0.5), rng.uniform(0.08, 0.4)
    builder.part(centre, toward, long, wide, kind=PartKind.BOX)
    if rng.random() < 0.2:
        builder.part(centre, toward, long * 0.6, wide * 0.6, kind=PartKind.BOX, sign=-1)
    return builder.build(rigid=True)


_TEMPLATES: dict[str, tuple[float, Callable[[np.random.Generator], Body]]] = {
    "blob": (0.16, blob),
    "quadruped": (0.2, quadruped),
    "biped": (0.17, biped),
    "worm": (0.12, worm),
    "bird": (0.09, bird),
    "vehicle": (0.12, vehicle),
    "framework": (0.05, framework),
    "tree": (0.07, tree),
    "slab": (0.05, slab),
}

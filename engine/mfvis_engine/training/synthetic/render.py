"""Compiled drawing of backgrounds and bodies onto a float canvas.

Row layouts of the parameter arrays are named here once and used by `scene`:

- material (13): texture index, 2x3 affine from local pixels to texture pixels, base RGB, gain RGB.
- part (7): kind, joint a, joint b, r0, r1, material index, sign (see `bodies.Body`), radii in pixels.
- shadow (5): strength in 0..1 (0 for none), edge softness in px, row of the ground, shear, flattening.
- look (8): edge softness in px, rim strength, rim width, halo strength, halo width, relief strength, light x, light y.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

_FAR = 1e9
_jit = numba.njit(fastmath=True, nogil=True, cache=True)


@_jit
def _mirrored(u: float, size: int) -> float:
    u = u % (2 * size)
    return 2 * size - u - 1e-3 if u >= size else u


@_jit
def _paint(out: Float, textures: NDArray[np.uint8], means: Float, material: Float, x: float, y: float) -> None:
    """Writes the colour of `material` at local point (x, y) to out (3,)."""
    size = textures.shape[1]
    index = int(material[0])
    u = min(max(_mirrored(material[1] * x + material[2] * y + material[3], size), 0.0), size - 1.001)
    v = min(max(_mirrored(material[4] * x + material[5] * y + material[6], size), 0.0), size - 1.001)
    u0, v0 = int(u), int(v)
    fu, fv = u - u0, v - v0
    for c in range(3):
        top = textures[index, v0, u0, c] * (1 - fu) + textures[index, v0, u0 + 1, c] * fu
        low = textures[index, v0 + 1, u0, c] * (1 - fu) + textures[index, v0 + 1, u0 + 1, c] * fu
        out[c] = material[7 + c] + material[10 + c] * (top * (1 - fv) + low * fv - means[index, c])


@_jit
def _grid_value(grid: Float, u: float, v: float) -> float:
    """Bilinear value of grid (G, G) at u, v in 0..1, clamped."""
    last = grid.shape[0] - 1
    x = min(max(u * last, 0.0), last - 1e-3)
    y = min(max(v * last, 0.0), last - 1e-3)
    x0, y0 = int(x), int(y)
    fx, fy = x - x0, y - y0
    top = grid[y0, x0] * (1 - fx) + grid[y0, x0 + 1] * fx
    low = grid[y0 + 1, x0] * (1 - fx) + grid[y0 + 1, x0 + 1] * fx
    return float(top * (1 - fy) + low * fy)


@_jit
def _part_distance(part: Float, joints: Float, x: float, y: float) -> tuple[float, float, float]:
    """Signed distance to one part, and the outward direction there, of unit length."""
    ax, ay = joints[int(part[1]), 0], joints[int(part[1]), 1]
    bx, by = joints[int(part[2]), 0], joints[int(part[2]), 1]
    px, py, ex, ey = x - ax, y - ay, bx - ax, by - ay
    length2 = ex * ex + ey * ey
    if part[0] == 1:
        length = max(np.sqrt(length2), 1e-6)
        ux, uy = (ex / length, ey / length) if length2 > 0 else (1.0, 0.0)
        along, across = px * ux + py * uy, py * ux - px * uy
        qx, qy = abs(along) - part[3], abs(across) - part[4]
        outer = np.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2)
        if qx > qy:
            side = 1.0 if along > 0 else -1.0
            return outer + min(qx, 0.0), side * ux, side * uy
        side = 1.0 if across > 0 else -1.0
        return outer + min(qy, 0.0), -side * uy, side * ux
    if part[0] == 2:
        radius = max(np.sqrt(px * px + py * py), 1e-6)
        return abs(radius - part[3]) - part[4], px / radius, py / radius
    h = 0.0 if length2 < 1e-9 else min(max((px * ex + py * ey) / length2, 0.0), 1.0)
    dx, dy = px - h * ex, py - h * ey
    distance = max(np.sqrt(dx * dx + dy * dy), 1e-6)
    return distance - (part[3] * (1 - h) + part[4] * h), dx / distance, dy / distance


@_jit
def _body_distance(parts: Float, joints: Float, x: float, y: float) -> tuple[float, float, float, int]:
    """Signed distance to the union less the cut-outs, outward direction, index of the part whose material shows."""
    best, nx, ny, which, paint = _FAR, 0.0, 0.0, 0, -1
    cut = -_FAR
    for k in range(parts.shape[0]):
        d, gx, gy = _part_distance(parts[k], joints, x, y)
        if parts[k, 6] < 0:
            cut = max(cut, -d)
        elif parts[k, 6] == 0:
            paint = k if d < 0 else paint
        elif d < best:
            best, nx, ny, which = d, gx, gy, k
    return max(best, cut), nx, ny, paint if paint >= 0 else which


@_jit
def draw_background(
    canvas: Float,
    inverse: Float,
    region: Float,
    cuts: Float,
    materials: Float,
    textures: NDArray[np.uint8],
    means: Float,
) -> None:
    """Fills canvas (H, W, 3): up to three materials, chosen by where `region` (G, G) lies between the two `cuts`.

    `inverse` (2, 3) maps canvas pixels to the world, so that the camera can move.
    """
    height, width = canvas.shape[:2]
    colour = np.zeros(3, np.float32)
    for row in range(height):
        for column in range(width):
            x = inverse[0, 0] * column + inverse[0, 1] * row + inverse[0, 2]
            y = inverse[1, 0] * column + inverse[1, 1] * row + inverse[1, 2]
            value = _grid_value(region, x / (2 * width) + 0.25, y / (2 * height) + 0.25)
            slot = 0 if value < cuts[0] else (1 if value < cuts[1] else 2)
            _paint(colour, textures, means, materials[slot], x, y)
            for c in range(3):
                canvas[row, column, c] = colour[c]


@_jit
def draw_shadow(canvas: Float, joints: Float, parts: Float, extent: float, shadow: Float) -> None:
    """Darkens canvas (H, W, 3) where the body, sheared and flattened onto the ground, keeps light away."""
    height, width = canvas.shape[:2]
    strength, soft, ground, shear, flat = shadow
    centre = joints[:, 0].mean()
    reach = extent * (1 + abs(shear))
    for row in range(max(0, int(ground - flat * 2 * extent - soft)), min(height, int(ground + soft + extent))):
        y = ground - (ground - row) / flat
        for column in range(max(0, int(centre - reach)), min(width, int(centre + reach) + 1)):
            d = _body_distance(parts, joints, column - shear * (ground - y), y)[0] * flat
            if d < soft:
                dark = strength * min(0.5 - 0.5 * d / soft, 1.0)
                for c in range(3):
                    canvas[row, column, c] *= 1 - dark


@_jit
def draw_body(
    canvas: Float,
    ids: NDArray[np.uint8],
    body_id: int,
    joints: Float,
    parts: Float,
    inverse: Float,
    warp: Float,
    extent: float,
    look: Float,
    materials: Float,
    textures: NDArray[np.uint8],
    means: Float,
) -> None:
    """Draws a body over canvas (H, W, 3) and writes `body_id` to ids (H, W) where it covers more than half a pixel.

    `joints` (J, 2) and `inverse` (2, 3), canvas pixels to body-local pixels, belong to the frame; `warp` (2, G, G)
    displaces points, in pixels, over the square of half width `extent` around the body's centre.
    """
    height, width = canvas.shape[:2]
    cx, cy = joints[:, 0].mean(), joints[:, 1].mean()
    colour = np.zeros(3, np.float32)
    for row in range(max(0, int(cy - extent)), min(height, int(cy + extent) + 1)):
        for column in range(max(0, int(cx - extent)), min(width, int(cx + extent) + 1)):
            lx = inverse[0, 0] * column + inverse[0, 1] * row + inverse[0, 2]
            ly = inverse[1, 0] * column + inverse[1, 1] * row + inverse[1, 2]
            u, v = 0.5 + 0.5 * lx / extent, 0.5 + 0.5 * ly / extent
            x, y = column + _grid_value(warp[0], u, v), row + _grid_value(warp[1], u, v)
            d, nx, ny, which = _body_distance(parts, joints, x, y)
            if d > 4 * max(look[4], look[0]):
                continue
            alpha = min(max(0.5 - d / look[0], 0.0), 1.0)
            if look[3] != 0 and d > 0:
                for c in range(3):
                    canvas[row, column, c] *= 1 + look[3] * np.exp(-d / look[4])
            if alpha <= 0:
                continue
            _paint(colour, textures, means, materials[int(parts[which, 5])], lx, ly)
            edge = np.exp(min(d, 0.0) / look[2])
            light = look[1] * edge + look[5] * edge * (nx * look[6] + ny * look[7])
            for c in range(3):
                canvas[row, column, c] += alpha * (colour[c] * (1 + light) + 40 * light - canvas[row, column, c])
            if alpha > 0.5:
                ids[row, column] = body_id

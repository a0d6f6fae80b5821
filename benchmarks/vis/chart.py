"""AP by step for every arm, as a picture (SVG)."""

import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.vis.arms import Arm
from benchmarks.vis.study import Scored

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 56, 52
_COLOURS = {Arm.MASKS: "#8a8f9c", Arm.BOXES: "#2668e4", Arm.BOXES_WITHOUT_TK: "#ec8020"}
_NAMES = {Arm.MASKS: "from masks", Arm.BOXES: "from boxes", Arm.BOXES_WITHOUT_TK: "from boxes, without TK-Loss"}
_AP_TICK = 0.1
_STEP_TICKS = 4


def draw_chart(scores: Sequence[Scored], path: Path) -> None:
    """Writes the chart."""
    last_step = max(scored.step for scored in scores)
    top = math.ceil(max(scored.ap for scored in scores) / _AP_TICK + 0.5) * _AP_TICK
    parts = [*_axes(last_step, top)]
    for arm in Arm:
        points = sorted((scored.step, scored.ap) for scored in scores if scored.arm is arm)
        if points:
            parts += _curve(arm, [_place(step / last_step, ap / top) for step, ap in points])
    style = "font-family:sans-serif;font-size:13px;fill:#1c1e26"
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" style="{style}">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )


def _place(across: float, up: float) -> tuple[float, float]:
    """From parts of the axes to pixels."""
    return (
        _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
    )


def _axes(last_step: int, top: float) -> list[str]:
    parts = []
    for tick in range(round(top / _AP_TICK) + 1):
        (x0, y), (x1, _) = _place(0, tick * _AP_TICK / top), _place(1, tick * _AP_TICK / top)
        parts.append(f'<line x1="{x0}" y1="{y:.1f}" x2="{x1}" y2="{y:.1f}" stroke="#dee0e6"/>')
        parts.append(f'<text x="{x0 - 8}" y="{y + 4:.1f}" text-anchor="end">{tick * _AP_TICK:.1f}</text>')
    for tick in range(_STEP_TICKS + 1):
        part = tick / _STEP_TICKS
        x, bottom = _place(part, 0)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{round(part * last_step)}</text>')
    middle, bottom = _place(0.5, 0)
    parts.append(f'<text x="{middle:.1f}" y="{bottom + 40}" text-anchor="middle">steps of training</text>')
    parts.append(f'<text x="{_LEFT}" y="40" fill="#70747f">YouTube-VIS AP on held-out videos</text>')
    return parts


def _curve(arm: Arm, points: list[tuple[float, float]]) -> list[str]:
    colour, row = _COLOURS[arm], list(Arm).index(arm)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    legend_x = _LEFT + 190 * row
    return [
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points),
        f'<rect x="{legend_x}" y="12" width="14" height="4" fill="{colour}"/>',
        f'<text x="{legend_x + 20}" y="18">{_NAMES[arm]}</text>',
    ]

"""A cost report in words, and as JSON."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from mfvis_engine.report.cost import CostReport, Spent
from mfvis_engine.report.published import BOX, POLYGON, Published

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | None"


def duration(seconds: float) -> str:
    """A time as people say it: "9 s", "4 min 26 s", "3 h 5 min", "1,200 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    if minutes >= 6000:
        return f"{round(minutes / 60):,} h"
    return f"{minutes // 60} h {minutes % 60} min"


def to_json(report: CostReport) -> Mapping[str, Json]:
    """The report as plain JSON; times in seconds."""
    return {
        "project": report.name,
        "frames": report.frame_count,
        "tracks": report.track_count,
        "boxes": {
            "drawn": report.drawn_count,
            "by_origin": {origin.value: count for origin, count in report.keyframes_by_origin},
            "outside_marks": report.outside_count,
        },
        "masks": {
            "obtained": report.obtained_count,
            "by_origin": {origin.value: count for origin, count in report.masks_by_origin},
            "verified": report.verified_count,
        },
        "corrections": {"masks": report.corrected_count, "tracks": report.repair_count},
        "seconds": {
            "total": round(report.seconds, 1),
            "of_which_estimated": round(report.estimated_seconds, 1),
            "boxes": _spent_to_json(report.boxes),
            "corrections": _spent_to_json(report.corrections),
            "review": {"recorded": round(report.review_seconds, 1)},
        },
        "polygons": {"seconds": round(report.polygon_seconds, 1), "seconds_a_mask": POLYGON.seconds},
        "ratio": None if report.ratio is None else round(report.ratio, 2),
        "published": [_published_to_json(one) for one in (BOX, POLYGON)],
    }


def _spent_to_json(spent: Spent) -> Json:
    return {
        "recorded": round(spent.recorded_seconds, 1),
        "unrecorded_count": spent.unrecorded_count,
        "estimated": round(spent.estimated_seconds, 1),
    }


def _published_to_json(published: Published) -> Json:
    return {
        "what": published.what,
        "seconds": published.seconds,
        "source": published.source,
        "arxiv": published.arxiv,
    }

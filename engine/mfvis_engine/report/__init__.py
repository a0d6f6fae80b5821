"""What a project's masks cost, and what drawing them would have.

- `published`: seconds that others measured, with their sources.
- `cost`: `CostReport`, a project in boxes, masks and seconds.
- `words`: the report as text and as JSON.  `picture`: as a picture for a slide.
"""

from mfvis_engine.report.cost import CostReport, Spent, cost_report
from mfvis_engine.report.picture import draw_cost
from mfvis_engine.report.words import duration, to_json

__all__ = ["CostReport", "Spent", "cost_report", "draw_cost", "duration", "to_json"]

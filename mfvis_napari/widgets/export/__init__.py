"""The section "Export": masks and boxes into the files of other tools, and what they cost.

- `section`: `ExportSection`.  `export_form`: what to write, and where to.  `targets`: formats by their human names, and
  the files they are written to.
- `export_work`: the writing, beside the window's thread, with a cancel.  `export_result`: what came of it.
- `cost_box`: the cost report with its picture.  `background`: one piece of work at a time on a thread.
"""

from mfvis_napari.widgets.export.section import ExportSection

__all__ = ["ExportSection"]

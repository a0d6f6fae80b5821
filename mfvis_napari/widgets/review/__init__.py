"""The section "Review": the masks that most need a look.

- `section`: `ReviewSection`.  `queue_table`: the list.  `range_line`: approving a range of frames.
"""

from mfvis_napari.widgets.review.section import ReviewSection

__all__ = ["ReviewSection"]

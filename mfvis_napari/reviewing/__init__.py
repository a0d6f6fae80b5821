"""Which masks to look at next, found out beside the window's thread.

- `survey_thread`: looks at the masks, a frame at a time, with a project of its own.
- `surveyor`: has that done for the open project, and again where something changed.
- `rows`: the list a person works through: new findings never move what was looked at.
"""

from mfvis_napari.reviewing.survey_thread import Findings
from mfvis_napari.reviewing.surveyor import Surveyor

__all__ = ["Findings", "Surveyor"]

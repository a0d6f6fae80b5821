"""The section "Project": opening videos and projects, and what is open.

- `section`: what is shown.  `recent`: the menu of recent projects.  `words`: what is said of a project.
- `opening`: the ways to open something.  `places`: where the project of a video lies.
- `importing`: boxes and masks of other tools.  `backing_up`: a copy of the project, made in the background.
- `dialogs`: what is asked, as a protocol and in Qt.
- `dropping`, `adoption`: files dropped on the dock widget, and layers that napari opened of files of ours.
"""

from mfvis_napari.widgets.project.adoption import Adoption
from mfvis_napari.widgets.project.opening import Opening
from mfvis_napari.widgets.project.section import ProjectSection

__all__ = ["Adoption", "Opening", "ProjectSection"]

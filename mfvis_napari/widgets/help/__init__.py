"""All keys, to look at and to change.

- `mouse_hints`: what the mouse does.
- `key_list`: every action with its keys, and what the mouse does.
- `key_editor`: another key for an action.
- `panel`: the window with both.
"""

from mfvis_napari.widgets.help.key_editor import KeyMemory
from mfvis_napari.widgets.help.panel import HelpPanel

__all__ = ["HelpPanel", "KeyMemory"]

"""The section "Tracks": a table of all tracks, and what can be done to the selected ones.

- `row`: what the table says of a track.
- `model`, `filter`: the rows as Qt's model, sorted and filtered.
- `delegates`: how colour, category and state are drawn and edited.
- `table`: the table, with the session's selection as its own.
- `applicability`: why an action cannot be done as things stand.
- `action_buttons`: buttons and menu of the actions.
- `category_line`: what the selected tracks and the next new one are.
- `section`: all of it.
"""

from mfvis_napari.widgets.tracks.section import TracksSection

__all__ = ["TracksSection"]

"""The tracks over time: a row a track, with its keyframes, its boxes between them, and where its masks are from.

No Qt in the first group, so that what is shown can be tested without a window:
- `looks`: what a track looks like in every frame.  `board`: the rows of a session, kept up to date.
- `scale`: which frame lies where.  `columns`: many frames reduced to columns of pixels.  `ruler`: its ticks and labels.
- `pixels`: a row as a picture.  `words`: a frame of a row in words.  `marked`: a range that a person marked.

- `shades`, `painting`: colours and what is painted.  `canvas`: the picture; `pointer`: the mouse on it.
- `legend`: what the signs mean.  `menu`: what can be done at a place.  `widget`: `Timeline`.
"""

from mfvis_napari.widgets.timeline.widget import Timeline

__all__ = ["Timeline"]

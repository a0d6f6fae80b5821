"""What the mouse does."""

MOUSE_HINTS = (
    ("Draw a box of a new track", "N, then drag"),
    ("Draw one more box of a track", "Select the track, Shift+N, then drag"),
    ("Select a track", "Click its box, its mask or its row"),
    ("Select several tracks", "Ctrl+click their rows; the first one stays in a merge"),
    ("Move or resize a box", "Drag it, or one of its corners"),
    ("Zoom the picture", "Wheel"),
    ("Move the picture", "Z, then drag; G goes back to the boxes, B to painting"),
    ("Go through the video", "Drag in the timeline, or the slider under the picture"),
    ("Zoom the timeline", "Ctrl+wheel"),
    ("All that can be done to a track", "Right click on its row, or on the timeline"),
    ("Go to the first frame of a track", "Double click on its row"),
)
"""(what, how)."""

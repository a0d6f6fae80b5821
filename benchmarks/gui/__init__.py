"""What the window costs, in a real one: beside the same viewer with the video alone, in one run, taken in turns.

    python -m benchmarks.gui [--json FILE] [--frames 1000] [--only scrub paint ...]

Needs a display (Xvfb will do). Milliseconds are those until all that was asked to be drawn is drawn.

- `material`: a made-up project with boxes and masks in every frame.
- `window`: napari's window with the dock widget, or with the video alone; mouse, and a stopwatch for its drawing.
- `hands`: what a person does with the mouse: scrubbing, painting, moving boxes.
- `opening`: a long project, until its first picture.  `playing`: frames shown a second.
- `streaming`: how long the window stands still while the engine trains and masks stream in.
- `starting`: what the plugin adds to napari's start.
- `figures`: what is printed.
"""

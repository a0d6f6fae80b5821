"""What a video costs a person in the window: an annotator, simulated, works through it with mouse and keyboard.

    xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.annotator --sample [--clips FOLDER --clip NAME ...]

From opening the video to a file with verified masks: boxes every few frames, training, the review queue with one more
box where a mask is bad, training again, the queue once more with the worst masks painted, all masks verified, export.
Boxes and masks are the true ones, cut to whole pixels; nothing is done but by mouse and keyboard.

- `tally`: clicks, drags, keys and seconds by phase.
- `hand`: a mouse and a keyboard that are counted.  `window`: the napari window with the plugin.
- `answers`: what is answered where a dialog asks for a path.
- `truth`: what the annotator sees in the video: boxes, outlines, how good a mask is.
- `annotator`: the work, phase by phase.
- `figures`: what came of it.  `tables`: what is printed.
"""

"""The dock widget "Mask-free VIS" and its sections, in the order of the work.

- `main`: the dock widget.  `section`: what all sections have.  `message_line`: what is said to the person.
- `project`, `tracks`, `train`, `review`, `export`, `help`: the sections, a file or folder each.
- `timeline`: the tracks over time, in a dock of its own below the picture.
"""

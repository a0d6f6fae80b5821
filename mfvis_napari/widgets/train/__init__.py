"""The section "Train": one button, and what comes of it.

- `section`: all of it.  `settings_form`: what can be chosen, folded away.  `outcome`: how it ended, and ways on.
- `loss_plot`: how well it learns.  `words`: how far it is, in words.
"""

from mfvis_napari.widgets.train.section import TrainSection

__all__ = ["TrainSection"]

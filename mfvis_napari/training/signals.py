"""What a training tells while it goes on."""

import numpy as np
from psygnal import Signal

from mfvis_napari.training.advance import Advance
from mfvis_napari.training.loss_history import LossHistory


class TrainingSignals:
    """Emitted in the window's thread.

    Attributes:
        advanced: Emitted with an `Advance`.
        device_told: Emitted with the engine's words for its device.
        losses_told: Emitted with the `LossHistory`, which has a point more.
        previewed: Emitted with a frame index and labels (H, W) uint16, what its masks would be now.
        frames_accepted: Emitted with how many frames were taken over, of how many.
        warned: Emitted with a text.
    """

    advanced = Signal(Advance)
    device_told = Signal(str)
    losses_told = Signal(LossHistory)
    previewed = Signal(int, np.ndarray)
    frames_accepted = Signal(int, int)
    warned = Signal(str)

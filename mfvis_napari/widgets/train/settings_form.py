"""What can be chosen of a training; the defaults suit."""

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox, SpinBox
from qtpy.QtWidgets import QFormLayout, QWidget

from mfvis_napari.training import Start, TrainingPreferences, TrainingSettings

_STARTS = {
    Start.AUTOMATIC: "automatic",
    Start.FROM_SCRATCH: "from scratch",
    Start.CONTINUE: "continue the last training",
}
_AS_SUITS, _STEPS, _SECONDS = "as long as suits", "after steps", "after seconds"
_DEVICES = {"auto": "automatic", "cuda": "NVIDIA GPU", "mps": "Apple GPU", "cpu": "CPU"}


class SettingsForm(QWidget):
    """The form; `settings` is what is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.start = ComboBox(
            choices=[(words, start) for start, words in _STARTS.items()],
            value=Start.AUTOMATIC,
            tooltip="Automatic: a short correction of what was learned last, where boxes or masks have changed since."
            " From scratch: forget what was learned.",
        )
        self.stop = ComboBox(choices=[_AS_SUITS, _STEPS, _SECONDS], value=_AS_SUITS)
        self.steps = SpinBox(value=300, min=1, max=1_000_000, step=50)
        self.seconds = FloatSpinBox(value=60, min=1, max=1_000_000, step=10)
        self.masks = CheckBox(
            text="Learn from my masks too",
            value=True,
            tooltip="Masks that you painted, verified or imported teach it besides the boxes.",
        )
        self.device = ComboBox(
            choices=[(words, device) for device, words in _DEVICES.items()],
            value="auto",
            tooltip="On the engine's machine. Automatic takes a GPU where there is one.",
        )
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        for label, widget in (
            ("Start", self.start),
            ("Stop", self.stop),
            ("Steps", self.steps),
            ("Seconds", self.seconds),
            ("", self.masks),
            ("Device", self.device),
        ):
            self._form.addRow(label, widget.native)
        self.stop.changed.connect(self._show_limit)
        self._show_limit()

    def suit(self, *, my_model: bool) -> None:
        """Offers what there is to choose of a model for many videos, or of that for the open video."""
        self._form.setRowVisible(self.start.native, not my_model)
        self.stop.choices = [_AS_SUITS, _STEPS] if my_model else [_AS_SUITS, _STEPS, _SECONDS]
        self._show_limit()

    @property
    def settings(self) -> TrainingSettings:
        """What is chosen."""
        return TrainingSettings(
            start=self.start.value,
            steps=self.steps.value if self.stop.value == _STEPS else None,
            seconds=self.seconds.value if self.stop.value == _SECONDS else None,
            learn_from_masks=self.masks.value,
            device=self.device.value,
        )

    def show_preferences(self, preferences: TrainingPreferences) -> None:
        """Chooses the device that a person prefers."""
        if preferences.device in _DEVICES:
            self.device.value = preferences.device

    def _show_limit(self) -> None:
        self._form.setRowVisible(self.steps.native, self.stop.value == _STEPS)
        self._form.setRowVisible(self.seconds.native, self.stop.value == _SECONDS)

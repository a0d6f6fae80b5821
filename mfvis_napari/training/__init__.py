"""The background engine, and the masks it sends into the session.

- `trainer`: `Trainer`, one a window: one training at a time.  `training`: one of them, from the button to its end.
- `choices`: what a person can choose.  `planning`: the job that comes of it.  `past`: what earlier trainings left.
- `my_model`: what is chosen and known of a model for many videos.  `model_training`, `object_search`: work with it, as
  `engine_work`; `run_host`: how its thread has runs made.  `adopting`: tracks of what was found.
- `engine_room`: the thread in which everything slow about the engine is done.  `post`: back to the window's thread.
- `listener`: takes what the job tells into the run.  `feed`: takes the run's frames over into the masks.
- `advance`, `loss_history`, `ending`: how far it is, how well it learns, how it ended. Plain values.

`planning`, `past` and `listener` load what the engine's client needs, and are imported when it is first used.
"""

from mfvis_napari.training.choices import Start, TrainingPreferences, TrainingSettings
from mfvis_napari.training.my_model import ModelFacts, ModelSettings, SearchSettings
from mfvis_napari.training.trainer import Trainer

__all__ = [
    "ModelFacts",
    "ModelSettings",
    "SearchSettings",
    "Start",
    "Trainer",
    "TrainingPreferences",
    "TrainingSettings",
]

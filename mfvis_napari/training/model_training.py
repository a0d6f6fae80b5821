"""Training a model for many videos from projects."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mfvis_napari.messages import Messages
from mfvis_napari.training.choices import TrainingPreferences
from mfvis_napari.training.ending import HowEnded, counted, duration
from mfvis_napari.training.engine_room import EngineRoom
from mfvis_napari.training.engine_work import EngineWork, WorkEnding
from mfvis_napari.training.my_model import ModelSettings
from mfvis_napari.training.signals import TrainingSignals

if TYPE_CHECKING:  # load what the engine's client needs
    from mfvis_engine.actions.vis_jobs import Watch
    from mfvis_engine.jobs.client.engine import Engine


class ModelTraining(EngineWork):
    """Reads the projects, trains on the engine, and puts the model into its folder."""

    outlives_project = True
    _unchanged = "The model is as it was."

    def __init__(
        self,
        settings: ModelSettings,
        preferences: TrainingPreferences,
        room: EngineRoom,
        messages: Messages,
        told: TrainingSignals,
        on_end: Callable[[WorkEnding], None],
    ) -> None:
        """Of what is in the projects when it begins; other arguments as of `EngineWork`."""
        super().__init__(preferences, room, messages, told, on_end)
        self._settings = settings

    def _work(self, engine: "Engine", watch: "Watch") -> WorkEnding:
        from mfvis_engine.actions.vis_jobs import ModelRequest, train_model_elsewhere

        settings = self._settings
        request = ModelRequest(
            settings.projects,
            start=settings.start,
            steps=settings.steps,
            boxes_only=not settings.learn_from_masks,
            device=settings.device or self._preferences.device,
        )
        trained = train_model_elsewhere(engine, settings.folder, request, watch)
        learned = trained.learned
        return WorkEnding(
            HowEnded.FINISHED,
            f"{settings.folder.name} has learned from {counted(len(settings.projects), 'video')} in"
            f" {counted(learned.steps, 'step')}, {duration(learned.seconds)}. Open the next video, and let it find"
            " objects.",
            model=settings.folder,
        )

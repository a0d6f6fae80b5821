"""Finding the objects of the open video with a model for many videos."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mfvis_engine.project import Project
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.training.advance import Phase
from mfvis_napari.training.choices import TrainingPreferences
from mfvis_napari.training.ending import HowEnded, counted
from mfvis_napari.training.engine_room import EngineRoom
from mfvis_napari.training.engine_work import EngineWork, WorkEnding
from mfvis_napari.training.errors import TrainingLeftError
from mfvis_napari.training.my_model import SearchSettings, is_released
from mfvis_napari.training.run_host import RunHost
from mfvis_napari.training.signals import TrainingSignals

if TYPE_CHECKING:  # load what the engine's client needs
    from mfvis_engine.actions.vis_jobs import Watch
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
    from mfvis_engine.jobs.events import TracksFound
    from mfvis_engine.jobs.job import VisPredictJob


class ObjectSearch(EngineWork):
    """Looks at the video on the engine, and writes what is found as a run of proposals; changes nothing else."""

    _unchanged = "Nothing was changed."

    def __init__(
        self,
        session: Session,
        settings: SearchSettings,
        preferences: TrainingPreferences,
        room: EngineRoom,
        messages: Messages,
        told: TrainingSignals,
        on_end: Callable[[WorkEnding], None],
    ) -> None:
        """Of the video that is open; other arguments as of `EngineWork`."""
        super().__init__(preferences, room, messages, told, on_end)
        self._path, self._length = session.project.path, session.project.length
        self._settings, self._device = settings, settings.device or preferences.device
        self._host = RunHost(session.project, self._post)

    def leave(self) -> None:
        """See `EngineWork`; a run that is being written stays unfinished."""
        super().leave()
        self._host.leave()

    def _work(self, engine: "Engine", watch: "Watch") -> WorkEnding:
        from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
        from mfvis_engine.jobs.events import FrameDone, TracksFound

        handle = engine.submit(self._job(engine), on_sent=watch.on_sent)
        settings = self._settings
        delivery = FindingsDelivery(self._host, {"model": str(settings.model), "min_score": settings.min_score})
        found = TracksFound(known_ids=(), proposed=())
        frame_count = 0
        try:
            for event in watch.followed(handle):
                delivery.tell(event)
                if isinstance(event, TracksFound):
                    found, frame_count = event, 0
                elif isinstance(event, FrameDone):
                    frame_count += 1
                    self._tell_written(frame_count)
        except TrainingLeftError:
            raise
        except BaseException as error:
            delivery.fail(str(error))
            raise
        return self._ending(found, delivery)

    def _job(self, engine: "Engine") -> "VisPredictJob":
        from mfvis_engine.actions.vis_jobs import kept_model
        from mfvis_engine.actions.vis_model_files import VisModelFiles
        from mfvis_engine.formats.dataset_classes import parse_class_names
        from mfvis_engine.jobs.client.vis_requests import vis_predict_job

        asked = self._settings
        side = None if is_released(asked.model) else VisModelFiles.at(asked.model).short_side()
        suited: dict[str, object] = {} if side is None else {"short_side": side}
        model = kept_model(engine, asked.model, parse_class_names(asked.classes) if asked.classes.strip() else None)
        with Project.open(self._path, read_only=True) as project:
            return vis_predict_job(project, model, settings=suited, min_score=asked.min_score, device=self._device)

    def _tell_written(self, frame_count: int) -> None:
        self._post_often(lambda: self._advance(Phase.TAKING_OVER, frame_count, self._length))

    def _ending(self, found: "TracksFound", delivery: "FindingsDelivery") -> WorkEnding:
        new, known = len(found.proposed), len(found.known_ids)
        said = f"{counted(new, 'new object')} found, listed in Review." if new else "No new object was found."
        if known:
            said += f" {counted(known, 'annotated track')} {'was' if known == 1 else 'were'} found again."
        return WorkEnding(HowEnded.FINISHED, said, delivery.run_id, found.known_ids)

    def _frame_count(self) -> int:
        return self._length

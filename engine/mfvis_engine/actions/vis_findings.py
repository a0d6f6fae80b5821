"""What came of looking for objects in a project's video, here or on an engine. Loads no torch."""

from dataclasses import dataclass

from mfvis_engine.actions.proposed_tracks import ProposalLine, proposal_lines
from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
from mfvis_engine.project import Project


@dataclass(frozen=True)
class PredictionReport:
    """What was found.

    Attributes:
        run_id: The run with the proposals.
        frame_count: Frames of the video.
        found: New tracks that the run proposes, the surest first.
        known_track_ids: Annotated tracks that were found again, ascending.
        missed_track_ids: Annotated tracks that were not.
        seconds: Of looking at the video; on an engine, all that the job took, waiting included.
        device: Where and in which precision.
    """

    run_id: str
    frame_count: int
    found: tuple[ProposalLine, ...]
    known_track_ids: tuple[int, ...]
    missed_track_ids: tuple[int, ...]
    seconds: float
    device: str


def prediction_report(project: Project, delivery: FindingsDelivery, seconds: float) -> PredictionReport:
    """Of a delivery that has ended well."""
    boxes, known = project.boxes(), delivery.known_ids
    boxed = boxes.track_ids[boxes.present.any(1)].tolist()
    return PredictionReport(
        run_id=delivery.run_id,
        frame_count=project.length,
        found=tuple(line for line in proposal_lines(project) if line.run_id == delivery.run_id),
        known_track_ids=known,
        missed_track_ids=tuple(track_id for track_id in boxed if track_id not in known),
        seconds=seconds,
        device=delivery.device,
    )


def adopt_all(project: Project, report: PredictionReport) -> None:
    """Makes tracks of all that was found, and takes the masks of known tracks over, where no person's are there."""
    if report.found:
        project.do(project.adoption(report.run_id, [line.track_id for line in report.found]))
    if report.known_track_ids:
        project.merge_run(report.run_id, track_ids=report.known_track_ids)

"""How sure each track is, from the runs that its masks come from."""

from collections import defaultdict

import numpy as np

from mfvis_engine.project import Project, RunStatus

CERTAIN = 1.0
"""The score of a mask that a person edited or verified."""


def track_scores(project: Project) -> dict[int, float]:
    """The mean score of each track, by id, over the frames in which it has a mask.

    A predicted mask has the score that its run gave it, a person's has 1. Left out are tracks of which nothing is
    recorded, masks that the run predicted for a track that was merged, split or swapped since, and those of damaged
    runs.
    """
    usable = [info for info in project.runs() if info.status is not RunStatus.DAMAGED]
    runs = {info.run_id: (project.tracks_of_run(info.run_id), project.run(info.run_id).scores()) for info in usable}
    no_scores = np.zeros((0, project.length), np.float32)
    scores: dict[int, list[float]] = defaultdict(list)
    for state in project.mask_states():
        track_ids, of_run = runs.get(state.run_id or "", ((), no_scores))
        if state.protected:
            scores[state.track_id].append(CERTAIN)
        elif state.track_id in track_ids:
            score = float(of_run[track_ids.index(state.track_id), state.frame_index])
            if score > 0:  # 0 is a track that is not in the frame
                scores[state.track_id].append(score)
    return {track_id: float(np.mean(values)) for track_id, values in scores.items()}

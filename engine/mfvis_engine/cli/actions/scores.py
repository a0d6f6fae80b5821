"""How sure each track is, from the runs that its masks come from."""

from collections import defaultdict

import numpy as np

from mfvis_engine.project import MaskOrigin, Project

CERTAIN = 1.0
"""The score of a mask that a person edited or verified."""


def track_scores(project: Project) -> dict[int, float]:
    """The mean score of each track, by id, over the frames in which it has a mask.

    A predicted mask has the score that its run gave it, a person's has 1. Tracks of which nothing is recorded
    are left out.
    """
    runs = {info.run_id: (info.track_ids, project.run(info.run_id).scores()) for info in project.runs()}
    scores: dict[int, list[float]] = defaultdict(list)
    for state in project.mask_states():
        if state.origin is not MaskOrigin.PREDICTED:
            scores[state.track_id].append(CERTAIN)
        elif state.run_id in runs:
            track_ids, of_run = runs[state.run_id]
            score = float(of_run[track_ids.index(state.track_id), state.frame_index])
            if score > 0:  # 0 is a track that is not in the frame
                scores[state.track_id].append(score)
    return {track_id: float(np.mean(values)) for track_id, values in scores.items()}

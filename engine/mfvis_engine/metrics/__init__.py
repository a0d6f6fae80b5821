"""How good masks are: YouTube-VIS AP and AR over tracks, DAVIS J and F over frames.

`youtube_vis` computes the scores, `youtube_vis_files` reads the two JSON files they are computed from,
`run_lengths` holds one compressed mask, `davis` compares two masks of one frame.
"""

from mfvis_engine.metrics.davis import boundary_f, region_similarity
from mfvis_engine.metrics.run_lengths import RunLengths, RunLengthsError
from mfvis_engine.metrics.youtube_vis import STAT_NAMES, YoutubeVisScores, evaluate_youtube_vis
from mfvis_engine.metrics.youtube_vis_files import (
    YoutubeVisFormatError,
    parse_ground_truth,
    parse_results,
    read_ground_truth,
    read_results,
)
from mfvis_engine.metrics.youtube_vis_tracks import GroundTruth, ResultTrack, TruthTrack, Video

__all__ = [
    "STAT_NAMES",
    "GroundTruth",
    "ResultTrack",
    "RunLengths",
    "RunLengthsError",
    "TruthTrack",
    "Video",
    "YoutubeVisFormatError",
    "YoutubeVisScores",
    "boundary_f",
    "evaluate_youtube_vis",
    "parse_ground_truth",
    "parse_results",
    "read_ground_truth",
    "read_results",
    "region_similarity",
]

"""Finds, tracks and segments the objects of videos of any length with a Video Mask2Former.

- `predict`: a video to frames of masks and tracks; `settings`: how.
- `windows`: the pieces it is looked at in; `frame_grid`: its pixels as the model has them, and back;
  `frame_features`: what the model sees of single frames; `clip_model`: what is asked of it.
- `candidates`: the queries of a window that may be objects; `similarity`, `joining`: which track each is;
  `logit_sums`: the frames two windows share.
- `found`: what comes out; `spool`: keeps it until scores are known; `label_image`: one label a pixel.
- `results`: YouTube-VIS results; `known_tracks`: found tracks in a project whose boxes are known.
- `findings`: all of it, for a project: what is found beside what is known.
"""

from mfvis_engine.inference.vis.clip_model import ClipModel
from mfvis_engine.inference.vis.findings import Findings, FoundLabels, NothingFoundError, find_objects
from mfvis_engine.inference.vis.found import FoundTrack, VisFrame, strong_tracks
from mfvis_engine.inference.vis.known_tracks import KnownMatches, KnownTrackSettings, apply_known, match_known
from mfvis_engine.inference.vis.label_image import KeptTrack, kept_tracks, label_image
from mfvis_engine.inference.vis.predict import TrackPrediction, predict_tracks
from mfvis_engine.inference.vis.results import youtube_vis_results
from mfvis_engine.inference.vis.settings import JoinSettings, VisInferenceSettings, VisSettingsError
from mfvis_engine.inference.vis.spool import MaskSpool, SpooledFrame

__all__ = [
    "ClipModel",
    "Findings",
    "FoundLabels",
    "FoundTrack",
    "JoinSettings",
    "KeptTrack",
    "KnownMatches",
    "KnownTrackSettings",
    "MaskSpool",
    "NothingFoundError",
    "SpooledFrame",
    "TrackPrediction",
    "VisFrame",
    "VisInferenceSettings",
    "VisSettingsError",
    "apply_known",
    "find_objects",
    "kept_tracks",
    "label_image",
    "match_known",
    "predict_tracks",
    "strong_tracks",
    "youtube_vis_results",
]

"""A model that takes coloured squares for cats and dogs, and projects about videos of such squares."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from mfvis_engine.actions.vis_model import LoadedVisModel
from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.inference.vis import VisInferenceSettings
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.project import Project
from tests.inference.vis.colour_finder import SIDE, ColourFinder, squares_video

CPU = Device(torch.device("cpu"), bfloat16=False)
SETTINGS = VisInferenceSettings(short_side=None, window_frames=6, overlap_frames=2)
LENGTH = 20

WALKING = [(4 * t, 8) for t in range(LENGTH)]
"""Of a red cat, from left to right."""
VISITING = [(40, 40) if 6 <= t < 16 else None for t in range(LENGTH)]
"""Of a green dog, in the second to fourth of six windows."""


class ColourModel(nn.Module):
    """Answers with one query a colour: red and yellow are cats, green and blue dogs.

    Squares that lie on multiples of 4 pixels get masks that are exact, but for single pixels at their corners.

    Args:
        cat_score: The probability of cats.
        dog_score: That of dogs.
        hidden_too: Whether masks reach over what hides a part of a square.
    """

    def __init__(self, cat_score=0.9, dog_score=0.8, *, hidden_too=False, class_names=("cat", "dog")):
        super().__init__()
        self.config = SimpleNamespace(class_names=class_names)
        self.finder = ColourFinder(noise=0.0)
        self.scores, self.hidden_too = (cat_score, dog_score), hidden_too

    def encode(self, frames_rgb, /):
        return self.finder.encode(frames_rgb)

    def decode(self, features, batch, frames, /, *, deep_supervision=True):
        given = self.finder.decode(features, batch, frames, deep_supervision=deep_supervision)
        classes = self._scored(given.final.class_logits.exp())
        masks = _whole(given.final.mask_logits) if self.hidden_too else given.final.mask_logits
        return ClipPrediction((HeadPrediction(classes.log(), masks),), given.query_embeddings)

    def _scored(self, probability):
        scored = probability.clone()
        for query in scored[0]:
            if query.argmax() < 2:
                score = self.scores[query.argmax()]
                query[:] = torch.where(query == query.max(), score, (1 - score) / 2)
        return scored

    @property
    def loaded(self):
        """As if it had been read from a file."""
        return LoadedVisModel(self)


def _whole(mask_logits):
    """Masks (B, Q, T, h, w) that fill the boxes around them."""
    above = mask_logits > 0
    rows, columns = above.any(-1), above.any(-2)
    filled = (_between(rows)[..., None]) & (_between(columns)[..., None, :])
    return torch.where(filled, mask_logits.amax(), mask_logits.amin())


def _between(line):
    """Of bool (..., n): what lies between the first and the last that is true."""
    return (line.cumsum(-1) > 0) & (line.flip(-1).cumsum(-1).flip(-1) > 0)


def squares_project(folder, paths, *tracks):
    """An open project about squares, where path i has (x, y) or None for each frame, and with tracks."""
    np.save(folder / "squares.npy", squares_video(paths).frames(0, len(paths[0])))
    project = Project.create(folder / "squares.mfvis", folder / "squares.npy")
    if tracks:
        project.replace_annotations(Annotations(tracks))
    return project


def walking_track(track_id=5, grow=0, category="cat"):
    """The track of a person who drew boxes around the first and last square of `WALKING`."""
    return Track(track_id, category, tuple(Keyframe(t, grown(*WALKING[t], grow)) for t in (0, LENGTH - 1)))


def grown(x, y, grow=0):
    """The box around a square, larger by some pixels at each side; smaller where that is below 0."""
    return (float(x - grow), float(y - grow), float(x + SIDE + grow), float(y + SIDE + grow))


def squares_of(labels):
    """The boxes (x0, y0, x1, y1) around all labels of an image, by label."""
    places = {label: np.nonzero(labels == label) for label in np.unique(labels[labels > 0]).tolist()}
    return {label: (x.min(), y.min(), x.max() + 1, y.max() + 1) for label, (y, x) in places.items()}

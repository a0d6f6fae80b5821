"""Masks from a trained network and known boxes."""

from mfvis_engine.inference.predict import FrameMasks, predict_video

__all__ = ["FrameMasks", "predict_video"]

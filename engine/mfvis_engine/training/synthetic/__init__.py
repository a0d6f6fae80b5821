"""Synthetic video for the warm start: textured moving bodies with exact masks, made from noise and free pictures."""

from mfvis_engine.training.synthetic.scene import Bank, Tube, random_tube
from mfvis_engine.training.synthetic.textures import texture_bank

__all__ = ["Bank", "Tube", "random_tube", "texture_bank"]

"""From a video and its boxes to masks.

- `learn`: fine-tunes; `learned`: what came of it, also as files; `refine_boxes`: better boxes between keyframes;
  `predict`: masks of every frame.
- `views`: tracks of one frame as the network sees them; `paste`: crop logits back to the frame.
"""

from mfvis_engine.inference.learn import learn_from_boxes
from mfvis_engine.inference.learned import Learned
from mfvis_engine.inference.predict import FrameMasks, predict_video
from mfvis_engine.inference.refine_boxes import refine_boxes

__all__ = ["FrameMasks", "Learned", "learn_from_boxes", "predict_video", "refine_boxes"]

"""Which masks most need a person's look, and where one more box would help most.

- `frame_facts`: what can be measured on the masks of one frame and the one before.
- `run_scores`: how sure the engine was of a mask, and where it has looked at all.
- `survey`: `Survey`, those facts for every track and frame, brought up to date frame by frame.
- `evidence`: the facts beside the boxes.  `reasons`: what speaks for a look, as numbers and in words.
- `queue`: `review_queue`, the masks to look at, worst first.  `next_box`: the frames to draw a box in.
"""

from mfvis_engine.review.next_box import BoxHint, box_hints, next_box
from mfvis_engine.review.queue import ReviewItem, ReviewQueue, review_queue
from mfvis_engine.review.survey import Survey

__all__ = ["BoxHint", "ReviewItem", "ReviewQueue", "Survey", "box_hints", "next_box", "review_queue"]

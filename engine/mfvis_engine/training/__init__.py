"""Learning: the warm start from synthetic video, and fine-tuning on a project's own boxes.

- `tubes`: what is learned from; `objective`: the mask-free losses on it; `fine_tune`: the loop.
- `synthetic/`, `warm_start`: makes the weights that fine-tuning starts from.
"""

from mfvis_engine.training.fine_tune import FineTuner, FineTuneSettings, NothingToLearnError, TrainingProgress

__all__ = ["FineTuneSettings", "FineTuner", "NothingToLearnError", "TrainingProgress"]

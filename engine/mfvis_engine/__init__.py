"""Mask-free video instance segmentation: learns instance masks in video from boxes alone."""

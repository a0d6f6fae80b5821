"""Trains a Video Mask2Former, which finds objects by itself, on many videos: from boxes, and from masks too.

- `labelled_video`: what is known of videos, wherever it is from.  `clips`: what is learned from at once.
- `sampling`: which clips, cut with `resizing`.  `loading`: clips as batches, prepared in the background.
- `objective_settings`, `criterion`: the loss of a batch.  `matcher`, `match_costs`: which query answers for an object.
  `clip_colours`, `box_rasters`, `batch_objects`, `matched_masks`, `mask_losses`, `points` and `loss_groups` are the
  criterion's parts, `vis_losses` its terms.
- `settings`: everything that a training depends on, and the presets.  `optimization`: how weights change.
- `precision`: mixed precision.  `processes`: several processes that train one model.
- `trainer`: the training.  `progress`: what it tells of each step.  `log`: where that is written.
"""

"""What the commands do, without a terminal: called with values, answering with values.

- `creation`: a new project.  `check`: the report of a check as a file.
- `file_import`: boxes and masks of a file into a project; `box_import`: boxes alone.  `segmentation`: the main job.
- `export`: boxes and masks into other tools' files; `mask_stream`, `mask_kind`: which masks; `scores`: those of the
  results form.  `evaluation`: scores of such files.
- `preview`: pictures and videos.  `description`: what is in a project.  `demo`: all of it on the sample clip.
- `batch`: the main job on many projects; `batch_report`: what became of them; `project_list`: which ones.
- `resumption`: going on with a job that was stopped.  `runs`, `track_list`, `history`: what `mfvis runs`, `tracks` and
  `log` show and do.  `cost`: the cost report as files.
- `vis_model`: the folder of a model for many videos; `vis_model_files`: the same without torch.
- `training_sets`: what such a model learns from, projects by `open_videos`, datasets by `coco_vis_pictures`;
  `vis_training`: learning it.
- `vis_prediction`: what it finds in a project's video; `vis_findings`: what came of that; `proposed_tracks`: what
  becomes of it; `vis_results`: the same in the videos of a dataset, to be scored.  `vis_jobs`: all of it on an engine.
- `output`: where results go.  `errors`: mistakes that only the command line can notice.
"""

"""What the commands do, without a terminal: called with values, answering with values.

- `box_import`: boxes of a file into a project.  `segmentation`: the main job.
- `export`: masks into other tools' files, with `scores` for the results form.  `evaluation`: scores of such files.
- `preview`: pictures and videos.  `description`: what is in a project.  `demo`: all of it on the sample clip.
- `output`: where results go.  `errors`: mistakes that only the command line can notice.
"""

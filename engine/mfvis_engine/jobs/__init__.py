"""The background engine: jobs run in processes of their own, here or on another machine, through dask.distributed.

- `job`, `clip`: what it can be asked to do; `events`, `proposals`: what it tells; `video_model`: models that both name.
  Plain values, sent as msgpack.
- `client`: what a window, the command line or a script uses.
- `carrier`: carries a job out; it knows no dask. `desk`: what it needs of the engine it runs in.
- `cluster`: the processes of an engine. `board`: its memory, beside the scheduler. `worker`: inside a worker process.
- `wire`, `files`: what goes between them, and what they keep.
"""

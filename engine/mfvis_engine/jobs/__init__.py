"""The background engine: jobs run in processes of their own, here or on another machine, through dask.distributed.

- `job`, `clip`: what it can be asked to do; `events`, `proposals`: what it tells. Plain values, sent as msgpack.
- `runner`: carries a job out; it knows no dask. `desk`: what it needs of the engine it runs in.
"""

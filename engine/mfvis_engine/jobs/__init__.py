"""The background engine: jobs run in processes of their own, here or on another machine, through dask.distributed.

- `engine`, `handle`: what a window, the command line or a script uses.  `link`: their connection.
- `job`, `clip`: what it can be asked to do; `events`, `proposals`: what it tells. Plain values, sent as msgpack.
- `runner`: carries a job out; it knows no dask. `desk`: what it needs of the engine it runs in.
- `messages`, `codec`: what clients and workers ask the board.  `pieces`, `transfer`: files on their way.
- `board`, `record`, `journal`: the engine's memory, beside its scheduler.  `shelf`, `blobs`, `clips`: the files it
  keeps.  `service`, `file_service`: its answers.
- `worker`, `worker_desk`, `board_link`, `rooms`, `threads`: inside a worker process.
- `local`, `home`: an engine on this machine.  `server`: one for others.  `certificates`: who may talk to one.
- `dask_edge`, `dask_nodes`, `kept_worker`: all that dask is asked for.
"""

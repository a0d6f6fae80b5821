"""Inside a worker process: `task` is what dask runs there."""

"""The processes of an engine, all that dask is asked for: `server` starts them."""

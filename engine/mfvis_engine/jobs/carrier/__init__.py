"""What carries a job out: training, previews, prediction. It knows no dask; `direct` runs it in this process."""

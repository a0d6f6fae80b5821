"""Names in an engine's folder, besides those of its shelves."""

ENGINE_ID_FILE = "engine-id"
JOBS = "jobs"
CERTIFICATES = "certificates"
SCHEDULER = "scheduler"
WORKERS = "workers"

OF_ONE_RUN = (CERTIFICATES, SCHEDULER, WORKERS, JOBS)
"""Folders whose files are of one run of the engine alone."""

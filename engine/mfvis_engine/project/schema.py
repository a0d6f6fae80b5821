"""The tables of the annotations database, format version 2; `docs/` tells what each column means."""

SCHEMA_VERSION = 2

# mask_state does not refer to track: replacing the tracks must not forget which masks a person verified.
# keyframe's reference is checked when a transaction ends, as a track's row is changed by removing and adding it.
SCHEMA = """
CREATE TABLE meta (
    format_version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    last_log_id INTEGER NOT NULL,
    pending_log_id INTEGER,
    track_digest INTEGER NOT NULL,
    keyframe_digest INTEGER NOT NULL,
    mask_state_digest INTEGER NOT NULL,
    mask_frame_digest INTEGER NOT NULL,
    crc INTEGER NOT NULL
);
CREATE TABLE track (
    track_id INTEGER PRIMARY KEY CHECK (track_id BETWEEN 1 AND 65535),
    category TEXT NOT NULL,
    attributes TEXT NOT NULL
);
CREATE TABLE keyframe (
    track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
    outside INTEGER NOT NULL CHECK (outside IN (0, 1)),
    occluded INTEGER NOT NULL CHECK (occluded IN (0, 1)),
    origin TEXT NOT NULL CHECK (origin IN ('drawn', 'interpolated', 'imported', 'predicted')),
    attributes TEXT NOT NULL,
    PRIMARY KEY (track_id, frame_index)
) WITHOUT ROWID;
CREATE TABLE mask_state (
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    track_id INTEGER NOT NULL CHECK (track_id BETWEEN 1 AND 65535),
    origin TEXT NOT NULL CHECK (origin IN ('none', 'predicted', 'edited', 'imported')),
    run_id TEXT,
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    PRIMARY KEY (frame_index, track_id)
) WITHOUT ROWID;
CREATE INDEX mask_state_by_track ON mask_state (track_id, frame_index);
CREATE TABLE mask_frame (
    frame_index INTEGER PRIMARY KEY CHECK (frame_index >= 0),
    crc INTEGER NOT NULL
);
CREATE TABLE work (
    work_id INTEGER PRIMARY KEY,
    began TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('box', 'mask', 'review')),
    track_id INTEGER NOT NULL CHECK (track_id BETWEEN 1 AND 65535),
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    active_seconds REAL NOT NULL CHECK (active_seconds >= 0),
    crc INTEGER NOT NULL
);
CREATE TABLE log (
    log_id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    verb TEXT NOT NULL,
    arguments TEXT NOT NULL,
    summary TEXT NOT NULL,
    track_ids TEXT NOT NULL,
    frame_count INTEGER NOT NULL,
    diff TEXT NOT NULL,
    crc INTEGER NOT NULL
);
CREATE TABLE log_patch (
    log_id INTEGER NOT NULL,
    frame_index INTEGER NOT NULL,
    states TEXT NOT NULL,
    top INTEGER, "left" INTEGER, height INTEGER, width INTEGER,
    pixels BLOB,
    crc_before INTEGER,
    crc_after INTEGER,
    crc INTEGER NOT NULL
);
CREATE UNIQUE INDEX log_patch_by_log ON log_patch (log_id, frame_index);
CREATE INDEX log_patch_by_frame ON log_patch (frame_index);
"""

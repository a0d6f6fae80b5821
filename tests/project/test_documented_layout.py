"""Reads a project as `docs/project_folder.md` says, with nothing of the program."""

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing

import numpy as np
import pytest
import zarr
from numcodecs.zstd import Zstd

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.annotation.verbs import DismissTracks, NewTrack
from mfvis_engine.project import Project

from .conftest import HEIGHT, LENGTH, WIDTH
from .faults import full_project

ROW_COLUMNS = {
    "log": ("log_id", "time", "verb", "arguments", "summary", "track_ids", "frame_count", "diff"),
    "log_patch": (
        *("log_id", "frame_index", "states", "top", '"left"', "height", "width", "pixels", "crc_before", "crc_after"),
    ),
}
TABLE_COLUMNS = {
    "track": ("track_id", "category", "attributes"),
    "keyframe": (*("track_id", "frame_index", "x0", "y0", "x1", "y1", "outside", "occluded", "origin", "attributes"),),
    "mask_state": ("frame_index", "track_id", "origin", "run_id", "verified"),
    "mask_frame": ("frame_index", "crc"),
}


def plain_json(value, **options):
    return json.dumps(value, separators=(",", ":"), **options).encode("ascii")


def frame_crc(labels):
    return zlib.crc32(labels.astype("<u2").tobytes()) if labels.any() else None


class Reader:
    """A project, read without the program."""

    def __init__(self, path):
        self.group = zarr.open_group(path, mode="r")
        self.header = self.group.attrs["mfvis"]
        with closing(sqlite3.connect(f"{(path / 'annotations.sqlite').as_uri()}?mode=ro", uri=True)) as connection:
            self.meta = dict(zip(*self.ask(connection, "SELECT * FROM meta"), strict=True))
            self.tables = {
                name: {tuple(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM {name}")}
                for name, columns in TABLE_COLUMNS.items()
            }
            self.logs = {
                name: connection.execute(f"SELECT {', '.join(columns)}, crc FROM {name} ORDER BY log_id").fetchall()
                for name, columns in ROW_COLUMNS.items()
            }
        self.labels = [np.asarray(self.group["masks"][t]) for t in range(self.header["video"]["length"])]
        self.position = self.meta["position"]

    @staticmethod
    def ask(connection, query):
        cursor = connection.execute(query)
        return [column[0] for column in cursor.description], cursor.fetchone()

    def replay(self, log_id, back):
        """Undoes a change of the log, or does it again."""
        removed, added = ("added", "removed") if back else ("removed", "added")
        (entry,) = (row for row in self.logs["log"] if row[0] == log_id)
        diff = json.loads(entry[7])
        for table in ("track", "keyframe"):
            self.replace(table, diff[table][removed], diff[table][added])
        for _, t, states, top, left, height, width, pixels, before, after, _ in self.patches_of(log_id):
            states = json.loads(states)
            self.replace("mask_state", states[removed], states[added])
            if pixels is not None:
                self.patch(t, top, left, height, width, pixels)
                crcs = [[] if crc is None else [[t, crc]] for crc in ((after, before) if back else (before, after))]
                self.replace("mask_frame", *crcs)

    def patches_of(self, log_id):
        return [row for row in self.logs["log_patch"] if row[0] == log_id]

    def replace(self, table, removed, added):
        gone, come = {tuple(row) for row in removed}, {tuple(row) for row in added}
        assert gone <= self.tables[table]
        self.tables[table] = (self.tables[table] - gone) | come

    def patch(self, t, top, left, height, width, pixels):
        difference = np.frombuffer(Zstd().decode(pixels), "<u2").reshape(height, width)
        self.labels[t] = self.labels[t].copy()
        self.labels[t][top : top + height, left : left + width] ^= difference

    def undo(self):
        self.replay(self.position, back=True)
        self.position = max((row[0] for row in self.logs["log"] if row[0] < self.position), default=0)

    def redo(self):
        self.position = min(row[0] for row in self.logs["log"] if row[0] > self.position)
        self.replay(self.position, back=False)

    def frames_fit(self):
        wanted = dict(self.tables["mask_frame"])
        return all(frame_crc(labels) == wanted.get(t) for t, labels in enumerate(self.labels))


@pytest.fixture
def path(tmp_path, video_path):
    return full_project(tmp_path / "walk", video_path)


@pytest.fixture
def reader(path):
    return Reader(path)


def test_the_header(reader):
    others = {name: value for name, value in reader.header.items() if name != "crc"}
    assert set(others) == {"format_version", "created_by", "video"}
    assert reader.header["crc"] == zlib.crc32(plain_json(others, sort_keys=True))
    video = reader.header["video"]
    assert (video["length"], video["height"], video["width"]) == (LENGTH, HEIGHT, WIDTH)
    assert (video["relative_path"], video["absolute_path"]) == ("video/clip", None)


def test_the_array(path, reader):
    masks = reader.group["masks"]
    assert (masks.shape, masks.chunks, masks.dtype) == ((LENGTH, HEIGHT, WIDTH), (1, HEIGHT, WIDTH), np.uint16)
    files = sorted(file.relative_to(path).as_posix() for file in (path / "masks" / "c").rglob("*") if file.is_file())
    assert files == [f"masks/c/{t}/0/0" for t in range(LENGTH - 1)]
    assert reader.frames_fit()
    for t, labels in enumerate(reader.labels):
        recorded = {track_id for frame_index, track_id, *_ in reader.tables["mask_state"] if frame_index == t}
        assert set(np.unique(labels)) - {0} <= recorded


def test_the_tables(reader):
    assert ("Zelle ü" in {row[1] for row in reader.tables["track"]}) is True
    assert (1, 2, 0.0, 0.0, 2.0, 2.0, 0, 0, "drawn", "{}") in reader.tables["keyframe"]
    assert (1, 7, "edited", None, 0) in reader.tables["mask_state"]
    assert reader.meta["format_version"] == 2


def test_the_checksums(reader):
    columns = [name for name in reader.meta if name != "crc"]
    assert reader.meta["crc"] == zlib.crc32(plain_json([reader.meta[name] for name in columns]))
    for rows in reader.logs.values():
        assert rows
        for *columns, crc in rows:
            plain = [zlib.crc32(column) if isinstance(column, bytes) else column for column in columns]
            assert crc == zlib.crc32(plain_json(plain))
    for table, rows in reader.tables.items():
        hashes = (hashlib.blake2b(plain_json(row), digest_size=8).digest() for row in rows)
        digest = sum(int.from_bytes(one, "little") for one in hashes) % 2**64
        assert digest == reader.meta[f"{table}_digest"] % 2**64


def test_the_log_leads_back_to_the_beginning_and_forward_again(reader):
    def state():
        return {name: set(rows) for name, rows in reader.tables.items()}, [labels.tolist() for labels in reader.labels]

    assert max(row[0] for row in reader.logs["log"]) > reader.position  # something is undone
    assert [row[0] for row in reader.logs["log"]] == [1, 2, 3, 4, 5, 6]
    held = [state()]
    while reader.position:
        reader.undo()
        assert reader.frames_fit()
        held.append(state())
    assert not any(reader.tables.values())
    assert not np.any(reader.labels)
    for before in held[-2::-1]:
        reader.redo()
        assert reader.frames_fit()
        assert state() == before


def test_a_frame_that_is_behind_is_brought_forward(path, reader):
    (patch,) = (row for row in reader.patches_of(3) if row[1] == 1)
    late = reader.labels[1]
    reader.patch(1, *patch[3:8])  # as the edit had not come so far
    assert frame_crc(reader.labels[1]) == patch[8]
    assert not reader.frames_fit()
    reader.patch(1, *patch[3:8])
    assert np.array_equal(reader.labels[1], late)
    assert reader.frames_fit()


def test_what_a_run_proposes(path):
    with Project.open(path) as project:
        writer = project.create_run({}, [1], [2, 3])
        boxes = (Keyframe(0, (0, 0, 4, 4.5)), Keyframe(2, (1, 0, 5, 4), outside=True))
        writer.propose([ProposedTrack(2, "egg", 0.25, boxes), ProposedTrack(3, "egg", 0.5, boxes)])
        project.do(NewTrack(2, "cell"))
        project.do(project.adoption(writer.run_id, [2]))
        project.do(DismissTracks(writer.run_id, (3,)))
    reader = Reader(path)
    told = reader.group[f"runs/{writer.run_id}"].attrs["mfvis_run"]
    assert told["crc"] == zlib.crc32(plain_json({k: v for k, v in told.items() if k != "crc"}, sort_keys=True))
    assert (told["track_ids"], told["found_ids"]) == ([1, 2, 3], [2, 3])
    assert told["proposed_tracks"][0] == {
        "track_id": 2,
        "category": "egg",
        "score": 0.25,
        "keyframes": [[0, 0.0, 0.0, 4.0, 4.5, 0, 0], [2, 1.0, 0.0, 5.0, 4.0, 1, 0]],
    }
    adopted, dismissed = reader.logs["log"][-2:]
    assert (adopted[2], dismissed[2]) == ("adopt_tracks", "dismiss_tracks")
    arguments = json.loads(adopted[3])
    assert {name: arguments[name] for name in ("run_id", "track_ids", "new_ids")} == {
        "run_id": writer.run_id,
        "track_ids": [2],
        "new_ids": [8],
    }
    assert (adopted[5], dismissed[5]) == ("[8]", "[]")
    assert json.loads(dismissed[3]) == {"run_id": writer.run_id, "track_ids": [3]}
    assert (8, 0, 0.0, 0.0, 4.0, 4.5, 0, 0, "predicted", "{}") in reader.tables["keyframe"]


def test_a_run(reader):
    ((run_id, run),) = reader.group["runs"].groups()
    told = run.attrs["mfvis_run"]
    assert told["crc"] == zlib.crc32(plain_json({k: v for k, v in told.items() if k != "crc"}, sort_keys=True))
    assert (told["status"], told["track_ids"]) == ("finished", [1, 7])
    (first,) = (row for row in reader.logs["log"] if row[0] == 1)  # which made both tracks
    assert told["identities"] == [[1, first[-1]]] * 2
    assert (0, 1, "predicted", run_id, 1) in reader.tables["mask_state"]
    scores = run["scores"][:]
    assert scores.shape == (2, LENGTH)
    assert np.flatnonzero(~np.isnan(scores[0])).tolist() == list(range(LENGTH - 1))
    assert np.isin(run["masks"][0], [0, 1, 7]).all()

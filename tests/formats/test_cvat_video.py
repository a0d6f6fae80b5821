import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track, interpolate
from mfvis_engine.formats import FormatError, VerificationError
from mfvis_engine.formats.coco_vis import CocoVisVideo
from mfvis_engine.formats.cvat_video import read_cvat_video, write, write_cvat_video
from tests.formats import strategies

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)

CVAT_EXPORT = """\
<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>5</id><name>walk</name><size>20</size><mode>interpolation</mode>
      <start_frame>0</start_frame><stop_frame>19</stop_frame>
      <labels>
        <label>
          <name>car</name>
          <attributes>
            <attribute><name>colour</name><mutable>False</mutable><input_type>text</input_type></attribute>
            <attribute><name>turn</name><mutable>True</mutable><input_type>text</input_type></attribute>
          </attributes>
        </label>
        <label><name>dog</name><attributes></attributes></label>
      </labels>
    </task>
    <dumped>2026-01-01</dumped>
  </meta>
  <track id="0" label="car" source="manual">
    <box frame="2" keyframe="1" outside="0" occluded="0" xtl="10.50" ytl="20" xbr="30" ybr="40" z_order="0">
      <attribute name="turn">left</attribute>
      <attribute name="colour">red &amp; white</attribute>
    </box>
    <box frame="3" keyframe="0" outside="0" occluded="0" xtl="11" ytl="20" xbr="31" ybr="40" z_order="0">
      <attribute name="turn">left</attribute>
      <attribute name="colour">red &amp; white</attribute>
    </box>
    <box frame="4" keyframe="1" outside="0" occluded="1" xtl="12" ytl="20" xbr="32" ybr="40" z_order="0">
      <attribute name="turn"></attribute>
      <attribute name="colour">red &amp; white</attribute>
    </box>
    <box frame="9" keyframe="1" outside="1" occluded="0" xtl="12" ytl="20" xbr="32" ybr="40" z_order="0">
      <attribute name="turn"></attribute>
      <attribute name="colour">red &amp; white</attribute>
    </box>
  </track>
  <track id="1" label="dog" source="manual">
    <box frame="5" keyframe="1" outside="0" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4" rotation="0.0"></box>
    <box frame="6" keyframe="0" outside="0" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4"></box>
  </track>
  <track id="2" label="dog" source="manual">
    <box frame="19" keyframe="1" outside="0" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4"></box>
    <box frame="20" keyframe="1" outside="1" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4"></box>
  </track>
</annotations>
"""

VIDEO = CocoVisVideo.of_size(1, "walk", width=64, height=48, length=20)


@pytest.fixture
def cvat_of(tmp_path):
    def write_text(text, encoding="utf-8"):
        path = tmp_path / "annotations.xml"
        path.write_bytes(text.encode(encoding))
        return path

    return write_text


def as_imported(annotations):
    return Annotations(
        tuple(
            replace(
                track,
                keyframes=tuple(replace(keyframe, origin=KeyframeOrigin.IMPORTED) for keyframe in track.keyframes),
            )
            for track in annotations.tracks
        )
    )


def test_tracks_of_cvat_with_all_that_was_said_of_them(cvat_of):
    assert read_cvat_video(cvat_of(CVAT_EXPORT)) == Annotations(
        (
            Track(
                1,
                "car",
                (
                    imported(2, (10.5, 20, 30, 40), attributes=(("turn", "left"),)),
                    imported(4, (12, 20, 32, 40), occluded=True, attributes=(("turn", ""),)),
                    imported(9, (12, 20, 32, 40), outside=True, attributes=(("turn", ""),)),
                ),
                (("colour", "red & white"),),
            ),
            Track(2, "dog", (imported(5, (1, 2, 3, 4)), imported(19, (1, 2, 3, 4)))),
            Track(3, "dog", (imported(19, (1, 2, 3, 4)),)),
        )
    )


def test_boxes_stand_where_cvat_shows_them(cvat_of):
    present = interpolate(read_cvat_video(cvat_of(CVAT_EXPORT)), 20).present
    assert [np.flatnonzero(row).tolist() for row in present] == [[*range(2, 9)], [*range(5, 20)], [19]]


def test_the_end_of_the_video_is_what_one_says_or_the_file(cvat_of):
    def last_frame(text, **said):
        return read_cvat_video(cvat_of(text), **said).track(2).keyframes[-1].frame_index

    assert last_frame(CVAT_EXPORT, length=40) == 39
    assert last_frame(CVAT_EXPORT.replace("<stop_frame>19</stop_frame>", "")) == 19  # from the size
    assert last_frame(re.sub("<meta>.*</meta>", "", CVAT_EXPORT, flags=re.DOTALL)) == 19  # from the last box


def test_without_labels_all_attributes_belong_to_keyframes(cvat_of):
    track = read_cvat_video(cvat_of(re.sub("<meta>.*</meta>", "", CVAT_EXPORT, flags=re.DOTALL))).track(1)
    assert track.attributes == ()
    assert track.keyframes[0].attributes == (("colour", "red & white"), ("turn", "left"))


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_are_read(cvat_of, encoding):
    text = CVAT_EXPORT.replace("utf-8", encoding).replace("dog", "Käfer")
    assert read_cvat_video(cvat_of(text, encoding)).categories == ("Käfer", "car")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('frame="2"', 'frame="-2"', "annotations.xml line 22: <box> is wrong: frame index -2 is negative"),
        ('frame="2"', 'frame="2.5"', "line 22: <box> is wrong: frame '2.5' is no whole number"),
        ('frame="2"', "", "line 22: <box> has no 'frame'"),
        ('xtl="10.50"', 'xtl="nan"', "line 22: <box> is wrong: box (nan, 20.0, 30.0, 40.0) is not finite"),
        ('xtl="10.50"', 'xtl="ten"', "line 22: <box> is wrong: xtl 'ten' is no number"),
        ('xtl="10.50"', 'xtl="1e9"', "line 22: <box> is wrong: box (1000000000.0, 20.0, 30.0, 40.0) reaches beyond"),
        ('xbr="30"', 'xbr="3"', "line 22: <box> is wrong: x1 3.0 is not right of x0 10.5"),
        ('occluded="1"', 'occluded="yes"', "line 30: <box> has occluded 'yes': it must be 0 or 1"),
        ('frame="4"', 'frame="2"', "line 21: <track> is wrong: track 1 has two keyframes in frame 2"),
        ('rotation="0.0"', 'rotation="30"', "line 40: <box> has rotation 30: only upright boxes"),
        ('<track id="1"', '<track id="0"', "line 39: <track> has the id 0, as has that in line 21"),
        ('<track id="1"', '<track id="one"', "line 39: <track> is wrong: id 'one' is no number"),
        ('<track id="1" label="dog"', '<track id="1"', "line 39: <track> has no 'label'"),
        ('<track id="1" label="dog"', '<track id="1" label=" "', "line 39: <track> is wrong: category '' is empty"),
        ('<track id="1"', '<track task_id="2" id="1"', "annotations.xml holds tracks of 2 tasks"),
        ("red &amp; white", "red", "line 30: <box> has the attributes {'colour': 'red & white'}, but an earlier box"),
        ("<stop_frame>19", "<stop_frame>x", "line 5: <task> is wrong: stop_frame 'x' is no number"),
        ("<stop_frame>19", "<stop_frame>4", "line 39: <track> has a box in frame 5, but the video's last frame is 4"),
        ("<annotations>", "<data>", "no valid XML (mismatched tag"),
        ("</annotations>\n", "", "no valid XML (no element found"),
        ("<meta>", "<image id='0' name='0.png'/><meta>", "line 4: <image> is of 'CVAT for images'"),
        ("<box", "<polygon", "no valid XML"),
        ('<box frame="6"', "<points frame='6'/><box frame='6'", "line 41: <points> in track 1: only boxes are read"),
        ("&amp;", "&lol;", "no valid XML (undefined entity"),
    ],
)
def test_errors_name_file_line_and_value(cvat_of, old, new, message):
    assert old in CVAT_EXPORT
    with pytest.raises(FormatError, match=re.escape(message)):
        read_cvat_video(cvat_of(CVAT_EXPORT.replace(old, new, 1)))


def test_labels_that_come_too_late_are_refused(cvat_of):
    meta = CVAT_EXPORT[CVAT_EXPORT.index("<meta>") : CVAT_EXPORT.index("</meta>") + len("</meta>")]
    with pytest.raises(FormatError, match=r"<task> comes after tracks"):
        read_cvat_video(cvat_of(CVAT_EXPORT.replace(meta, "").replace("</annotations>", meta + "</annotations>")))


def test_files_of_another_kind_are_refused(cvat_of):
    with pytest.raises(FormatError, match=r"line 1: <svg> is no CVAT file"):
        read_cvat_video(cvat_of("<svg/>"))


def test_what_cvat_needs_is_in_the_file(tmp_path):
    annotations = Annotations(
        (
            Track(
                4,
                "car",
                (
                    Keyframe(2, (1, 2, 3, 4.25), attributes=(("turn", "left"),)),
                    Keyframe(4, (3, 2, 5, 4.25), occluded=True),
                ),
                (("colour", 'a "b" <c>'),),
            ),
        )
    )
    write_cvat_video(tmp_path / "a.xml", annotations, VIDEO)
    root = ET.parse(tmp_path / "a.xml").getroot()
    task = root.find("meta/task")
    facts = ("name", "size", "mode", "start_frame", "stop_frame", "original_size/width", "original_size/height")
    assert [task.findtext(tag) for tag in facts] == ["walk", "20", "interpolation", "0", "19", "64", "48"]
    listed = [(label.findtext("name"), label.findtext("type")) for label in task.findall("labels/label")]
    assert listed == [("car", "any")]
    attributes = [
        (a.findtext("name"), a.findtext("mutable")) for a in task.findall("labels/label/attributes/attribute")
    ]
    assert attributes == [("colour", "False"), ("turn", "True")]
    track = root.find("track")
    assert track.attrib == {"id": "4", "label": "car", "source": "manual"}
    assert [(b.get("frame"), b.get("keyframe"), b.get("outside"), b.get("occluded")) for b in track] == [
        ("2", "1", "0", "0"),
        ("4", "1", "0", "1"),
        ("5", "1", "1", "1"),  # which ends the track for CVAT
    ]
    assert [b.findtext("attribute[@name='colour']") for b in track] == ['a "b" <c>'] * 3
    assert read_cvat_video(tmp_path / "a.xml") == as_imported(annotations)


def test_boxes_between_keyframes_are_written_when_asked(tmp_path):
    annotations = Annotations((Track(1, "car", (Keyframe(2, (0, 0, 4, 4)), Keyframe(6, (8, 0, 12, 4)))),))
    write_cvat_video(tmp_path / "a.xml", annotations, VIDEO, every_frame=True)
    boxes = [*ET.parse(tmp_path / "a.xml").getroot().find("track")]
    assert [(b.get("frame"), b.get("keyframe"), b.get("xtl")) for b in boxes] == [
        ("2", "1", "0.0"),
        ("3", "0", "2.0"),
        ("4", "0", "4.0"),
        ("5", "0", "6.0"),
        ("6", "1", "8.0"),
        ("7", "1", "8.0"),
    ]
    assert read_cvat_video(tmp_path / "a.xml") == as_imported(annotations)


def test_the_source_of_a_track_follows_its_keyframes(tmp_path):
    first, second = Keyframe(0, (0, 0, 1, 1)), imported(1, (0, 0, 1, 1))
    predicted = replace(second, origin=KeyframeOrigin.PREDICTED)
    tracks = [(first,), (second,), (predicted,), (first, second)]
    annotations = Annotations(tuple(Track(number, "a", keys) for number, keys in enumerate(tracks, start=1)))
    write_cvat_video(tmp_path / "a.xml", annotations, VIDEO)
    sources = [track.get("source") for track in ET.parse(tmp_path / "a.xml").getroot().findall("track")]
    assert sources == ["manual", "file", "auto", "semi-auto"]


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (Track(3, "car"), "track 3 has no box"),
        (Track(3, "car", (Keyframe(20, (0, 0, 1, 1)),)), "track 3 has a keyframe in frame 20, but the video has 20"),
        (
            Track(3, "car", (Keyframe(0, (0, 0, 1, 1), attributes=(("a", "1"),)),), (("a", "2"),)),
            "attribute 'a' of category 'car' belongs to tracks and to keyframes",
        ),
        (Track(3, "car\uffff", (Keyframe(0, (0, 0, 1, 1)),)), "holds the character '\\uffff', which XML has not"),
    ],
)
def test_what_cvat_cannot_hold_is_refused_and_nothing_is_left(tmp_path, track, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        write_cvat_video(tmp_path / "a.xml", Annotations((track,)), VIDEO)
    assert not list(tmp_path.iterdir())


def test_a_file_that_does_not_read_back_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "_quoted", lambda text: '"other"')
    (tmp_path / "a.xml").write_text("before", encoding="utf-8")
    annotations = Annotations((Track(1, "car", (Keyframe(0, (0, 0, 1, 1)),)),))
    with pytest.raises(VerificationError, match="did not read back"):
        write_cvat_video(tmp_path / "a.xml", annotations, VIDEO)
    assert [path.name for path in tmp_path.iterdir()] == ["a.xml"]
    assert (tmp_path / "a.xml").read_text(encoding="utf-8") == "before"


@settings(max_examples=40)
@given(st.data(), st.integers(0, 12), st.booleans(), strategies.categories)
def test_what_is_written_reads_back_exactly(tmp_path_factory, data, length, every_frame, name):
    given_annotations = data.draw(strategies.annotations(length))
    path = tmp_path_factory.getbasetemp() / "round_trip.xml"
    video = CocoVisVideo(1, 64, 48, tuple(f"{name}/{index}.png" for index in range(length)))
    write_cvat_video(path, given_annotations, video, every_frame=every_frame)
    assert read_cvat_video(path, length=length) == read_cvat_video(path) == as_imported(given_annotations)

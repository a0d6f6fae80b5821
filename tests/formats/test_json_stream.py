import json
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.formats import FormatError, json_stream
from mfvis_engine.formats.json_stream import named_values, stream_json

numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def json_of(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "a.json"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def streamed(path, **options):
    return [(name, node.place, node.value) for name, node in stream_json(path, **options)]


def test_elements_of_a_list_come_one_by_one(json_of):
    assert streamed(json_of(' [1, {"a": [2, "]"]},\n[], "é" ] ')) == [
        ("", "[0]", 1),
        ("", "[1]", {"a": [2, "]"]}),
        ("", "[2]", []),
        ("", "[3]", "é"),
    ]
    assert streamed(json_of("[]")) == []


def test_lists_in_an_object_come_one_by_one_and_the_rest_whole(json_of):
    assert streamed(json_of('\ufeff{"info": {"a": 1}, "images": [10, 20], "none": [], "x": null}')) == [
        ("info", "info", {"a": 1}),
        ("images", "images[0]", 10),
        ("images", "images[1]", 20),
        ("x", "x", None),
    ]
    assert streamed(json_of("{}")) == []


@settings(max_examples=30)
@given(st.lists(values, max_size=5) | st.dictionaries(st.text(), values, max_size=4), st.integers(1, 9), st.booleans())
def test_chunks_may_end_anywhere(tmp_path_factory, value, chunk, is_indented):
    path = tmp_path_factory.getbasetemp() / "chunks.json"
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1 if is_indented else None), "utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK_CHARACTERS", chunk)
        try:
            read = streamed(path)
        except FormatError as error:
            assert "is not UTF-8" in str(error)  # noqa: PT017 - half of a surrogate pair cannot be written
            return
    if isinstance(value, list):
        assert [element for _, _, element in read] == value
    else:
        assert {name for name, _, _ in read} == {name for name, inner in value.items() if inner != []}
        for name, inner in value.items():
            found = [element for other, _, element in read if other == name]
            assert found == (inner if isinstance(inner, list) else [inner])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.json line 1: no valid JSON (the file must be a list [...] or an object {...})"),
        ("3", "the file must be a list"),
        ("[1,\n2", "line 2: no valid JSON (',' expected at the end)"),
        ("[1,\n{2", "line 2: no valid JSON (Expecting property name"),
        ("[1, ]", "line 1: no valid JSON (Expecting value)"),
        ("[1.5.5]", "',' expected, not '.'"),
        ("[1 2]", "',' expected, not '2'"),
        ("[1]\n[2]", "line 2: no valid JSON ('[' after the end of the JSON)"),
        ('{"a": 1, "a": 2}', "the name 'a' is no text, or comes twice"),
        ('{"a" 1}', "':' expected, not '1'"),
        ("{1: 1}", "the name 1 is no text"),
        ("[" * 100_000, "no valid JSON (maximum recursion depth"),
        ("[" + "9" * 5000 + "]", "no valid JSON (Exceeds the limit"),
    ],
)
def test_what_is_no_such_json_is_refused_with_its_line(json_of, text, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        streamed(json_of(text))


def test_values_of_absurd_length_are_refused(json_of, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 100)
    assert len(streamed(json_of(json.dumps(["x" * 500] * 9)))) == 9
    with pytest.raises(FormatError, match="a value of more than 1000 characters"):
        streamed(json_of(json.dumps(["x" * 5000])), max_value_characters=1000)


def test_what_no_more_text_could_mend_is_refused_at_once(json_of, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 100)
    with pytest.raises(FormatError, match=r"line 2: no valid JSON \(Expecting value\)"):
        streamed(json_of('{"a":\n[{"b": tru, "c": [' + "1," * 5000), max_value_characters=1000)


def test_names_that_are_needed_may_hold_nothing(json_of):
    path = json_of('{"a": [], "b": 1}')
    assert streamed(path, needed=("a", "b")) == [("b", "b", 1)]
    with pytest.raises(FormatError, match=r"a\.json: the file has no 'c': it is needed"):
        streamed(path, needed=("a", "c"))
    with pytest.raises(FormatError, match=r"the file has no 'a'"):
        streamed(json_of("[]"), needed=("a",))


def test_objects_are_packed_as_they_are_read(json_of):
    assert streamed(json_of('[{"a": {"b": 1}}]'), object_hook=len) == [("", "[0]", 1)]


def test_long_values_are_parsed_once(json_of, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 100)
    parsed = []
    path = json_of(json.dumps([{"a": 0, "b": {"c": "x" * 5000}}] * 20))
    streamed(path, object_hook=lambda value: parsed.append(1) or value)
    assert 40 <= len(parsed) <= 45


def test_files_that_cannot_be_read(json_of, tmp_path):
    with pytest.raises(FormatError, match=r"b.json cannot be read \(No such file"):
        streamed(tmp_path / "b.json")
    with pytest.raises(FormatError, match="is not UTF-8"):
        streamed(json_of('["ß"]', "latin-1"))


def test_names_and_values_of_an_object(json_of):
    ((_, node),) = stream_json(json_of('[{"a": 1, "b": null}]'))
    assert [(name, value.place) for name, value in named_values(node)] == [("a", "[0].a"), ("b", "[0].b")]
    ((_, node),) = stream_json(json_of("[3]"))
    with pytest.raises(FormatError, match=r"a.json: \[0\] is 3: it must be an object"):
        [*named_values(node)]


def test_memory_does_not_grow_with_the_file(json_of, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 2**14)
    path = json_of(json.dumps({"images": [{"id": number, "name": "x" * 100} for number in range(20_000)]}))
    tracemalloc.start()
    count = sum(1 for _ in stream_json(path))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert path.stat().st_size > 2.4e6
    assert peak_bytes < 3e5

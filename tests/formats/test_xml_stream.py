import tracemalloc

import pytest

from mfvis_engine.formats import FormatError, xml_stream
from mfvis_engine.formats.xml_stream import stream_xml

BILLION_LAUGHS = """\
<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<annotations><meta>&c;</meta></annotations>
"""


@pytest.fixture
def xml_of(tmp_path):
    def write(content):
        path = tmp_path / "a.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def tags(path, depth):
    return ["/".join(element.tag for element in stack) for stack in stream_xml(path, depth)]


def test_elements_come_as_they_start_or_whole(xml_of):
    path = xml_of("<a><b x='1'>\n<c>text<d/>more</c>\n<c/></b><!-- no --><b/></a>")
    assert tags(path, 3) == ["a", "a/b", "a/b/c", "a/b/c", "a/b"]
    assert tags(path, 1) == ["a"]
    stacks = [*stream_xml(path, 3)]
    first = stacks[2][-1]
    assert (first.line, first.text, [child.tag for child in first.children]) == (2, "textmore", ["d"])
    assert stacks[1][-1].attributes == {"x": "1"}
    assert not stacks[1][-1].children  # so that memory does not grow with them


def test_document_types_are_refused(xml_of):
    with pytest.raises(FormatError, match=r"a.xml line 2: <!DOCTYPE: a document type can hold traps"):
        tags(xml_of(BILLION_LAUGHS), 2)
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    with pytest.raises(FormatError, match="DOCTYPE"):
        tags(xml_of(outside), 2)
    with pytest.raises(FormatError, match="DOCTYPE"):
        tags(xml_of('<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'), 2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<a>" * 40, "line 1: more than 32 elements within each other"),
        ("<a><b x='" + "x" * 300_000 + "'/></a>", "an element of more than 100000 bytes"),
        ("<a><b>" + "<c/>" * 100_000 + "</b></a>", "an element of more than 100000 bytes"),
        ("<a><b>" + "x" * 300_000 + "</b></a>", "an element of more than 100000 bytes"),
        ("", "line 1: no valid XML"),
        (b"\xff\xfe\xff", "no valid XML"),
        ("<?xml version='1.0' encoding='no-such'?><a/>", "line 1: "),
        ("<a>\x00</a>", "no valid XML"),
        ("<a>\n<b></a>", "line 2: no valid XML (mismatched tag"),
    ],
)
def test_what_is_no_xml_or_too_large_is_refused(xml_of, monkeypatch, content, message):
    monkeypatch.setattr(xml_stream, "MAX_ELEMENT_BYTES", 100_000)
    with pytest.raises(FormatError) as refused:
        tags(xml_of(content), 2)
    assert message in str(refused.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"b.xml cannot be read \(No such file"):
        tags(tmp_path / "b.xml", 1)


def test_memory_does_not_grow_with_the_file(xml_of):
    path = xml_of("<a><b>" + "<c x='1'>text</c>\n" * 40_000 + "</b></a>")
    tracemalloc.start()
    count = sum(1 for _ in stream_xml(path, 3))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40_002
    assert peak_bytes < 3e6

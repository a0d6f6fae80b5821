import pytest

from mfvis_napari.widgets.thin_bar import ThinBar


@pytest.mark.gui
def test_a_new_value_is_drawn_later_and_not_at_once(qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(ThinBar, "paintEvent", lambda bar, event: drawn.append(bar.value()))
    bar = ThinBar()
    qtbot.addWidget(bar)
    bar.setRange(0, 100)
    with qtbot.waitExposed(bar):
        bar.show()
    qtbot.waitUntil(lambda: bool(drawn))
    drawn.clear()
    bar.setValue(60)
    assert not drawn
    qtbot.waitUntil(lambda: drawn == [60])

import pytest

from mfvis_engine.models import Device, DeviceError


def test_cpu_is_always_there():
    assert Device.choose("cpu").torch_device.type == "cpu"


def test_auto_gives_a_device():
    assert Device.choose().torch_device.type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize("name", ["abacus", "cuda:99"])
def test_an_absent_device_is_named_with_the_way_out(name):
    with pytest.raises(DeviceError, match=f"'{name}' cannot be used.*--device cpu"):
        Device.choose(name)

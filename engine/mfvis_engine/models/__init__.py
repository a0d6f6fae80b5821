"""The box-prompted network, and everything it needs to see an object: crops, prompts, device, weights.

- `video_mask2former/`: the network that needs no boxes to find objects; `weights_file`: any network on disk.
- `box_prompted`: the network; `checkpoint`: its weights on disk; `weights/`: the warm start that is shipped.
- `pretrained`: the same task on a backbone of transformers, chosen by name.
- `crops`: windows around boxes; `prompt`: the network's input channels; `prompted`: both, for many objects.
- `segment`: crops to mask logits; `device`: where and in which precision.
"""

from mfvis_engine.models.box_prompted import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.models.checkpoint import WARM_START, CheckpointError, load_net, save_net
from mfvis_engine.models.device import Device, DeviceError

__all__ = [
    "WARM_START",
    "BoxPromptedConfig",
    "BoxPromptedNet",
    "CheckpointError",
    "Device",
    "DeviceError",
    "load_net",
    "save_net",
]

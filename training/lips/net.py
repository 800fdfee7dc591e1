"""The net in torch, as motion/sound_net.py has it in ONNX."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from visavis_agent.motion.lips_setup import Weights
from visavis_agent.motion.mel import SILENT
from visavis_agent.motion.sound_net import DILATIONS, INPUTS, OUTPUTS, TAPS, WIDTH

_DROPPED = 0.1


class LipNet(nn.Module):
    """Steps of sound to logits of the outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(INPUTS, WIDTH)
        # A convolution as one product over its taps side by side: three times as fast on a CPU.
        self.convolutions = nn.ModuleList(nn.Linear(TAPS * WIDTH, WIDTH) for _ in DILATIONS)
        self.mixers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in DILATIONS)
        self.leave = nn.Linear(WIDTH, OUTPUTS)
        self.dropped = nn.Dropout(_DROPPED)
        for mixer in self.mixers:
            nn.init.zeros_(mixer.weight)
            nn.init.zeros_(mixer.bias)

    def forward(self, heard: Tensor) -> Tensor:
        """(batch, steps, INPUTS) to (batch, steps, OUTPUTS); before the first step is silence."""
        past = (TAPS - 1) * sum(DILATIONS)
        silence = heard.new_full((len(heard), past, INPUTS), SILENT)
        x = self.enter(torch.cat([silence, heard], dim=1))
        for convolution, mixer, dilation in zip(self.convolutions, self.mixers, DILATIONS, strict=True):
            count = x.shape[1] - (TAPS - 1) * dilation
            taps = torch.cat([x[:, tap * dilation :][:, :count] for tap in range(TAPS)], dim=-1)
            x = x[:, -count:] + mixer(self.dropped(functional.relu(convolution(taps))))
        logits: Tensor = self.leave(functional.relu(x))
        return logits

    def begin_with(self, weights: Weights) -> None:
        """Take what `weights` gave."""
        found = {name: torch.from_numpy(value) for name, value in weights.items()}
        for name, value in found.items():
            if name.startswith("convolutions") and value.ndim == 3:
                found[name] = value.permute(0, 2, 1).reshape(WIDTH, TAPS * WIDTH)
        self.load_state_dict(found)

    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """By the names that motion/lips_setup.py builds the graph from."""
        found = {name: tensor.detach().cpu().numpy().astype(np.float32) for name, tensor in self.state_dict().items()}
        for name, value in found.items():
            if name.startswith("convolutions") and value.ndim == 2:
                found[name] = value.reshape(WIDTH, TAPS, WIDTH).transpose(0, 2, 1)
        return found

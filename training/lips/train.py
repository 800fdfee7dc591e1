"""The training itself."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from training.lips.dataset import Example, batches
from training.lips.net import LipNet
from training.lips.spectra import Heard
from visavis_agent.motion.mel import BANDS, SPREAD
from visavis_agent.motion.phonemes import JAW, LOWER, UPPER
from visavis_agent.motion.sound_net import AHEAD, FRAMES_PER_STEP, OUTPUTS, SEAL, TEETH

_LENGTH, _BATCH = 200, 24
_WARM_UP, _CLIP = 200, 1.0
_FRESH = 0.005
_CONTACTS = 0.3
"""Weight of the contacts' cross-entropy against the squared error of the articulators."""
_IN_SILENCE, _LOW_BANDS, _HUSH = 2.0, 8, 20.0 * math.log(10.0) / 10.0 / SPREAD
"""Weight of lips that meet while the bands below 500 Hz are 20 dB below their loudest. That is a p or b, and who takes
a t for one shuts the lips where no vowel is lost by it; a missed one is seen."""


def loss_of(heard: Tensor, logits: Tensor, wanted: Tensor) -> Tensor:
    """Squared error of the articulators (jaw and lips count more), cross-entropy of the contacts."""
    weight = torch.ones(OUTPUTS - 2)
    weight[[JAW, UPPER, LOWER]] = 3.0
    error = torch.sigmoid(logits[..., :SEAL]) - wanted[..., :SEAL]
    shape = (weight * error * error).mean()
    counts = torch.ones_like(wanted[..., SEAL:])
    counts[..., 0] += (_IN_SILENCE - 1.0) * _hushed(heard) * wanted[..., SEAL]
    contact = functional.binary_cross_entropy_with_logits(logits[..., SEAL:], wanted[..., SEAL:], counts)
    return shape + _CONTACTS * contact


def _hushed(heard: Tensor) -> Tensor:
    """(batch, steps): 1 where the voice was silent at the moment that the output is about."""
    low = heard.unflatten(-1, (FRAMES_PER_STEP, BANDS))[..., :_LOW_BANDS].mean((-1, -2))
    silent = (low < low.amax(1, keepdim=True) - _HUSH).float()
    return functional.pad(silent, (AHEAD, 0))[:, : silent.shape[1]]


def train(
    net: LipNet,
    known: Sequence[Example],
    held_out: Mapping[str, Sequence[Example]],
    vary: Callable[[Heard, np.random.Generator], Heard],
    epochs: int,
    rate: float,
    seed: int,
    checkpoint: Path,
) -> None:
    """Leaves the mean of the last epochs' weights in `net`; the state of each epoch in `checkpoint`, to go on from.

    Args:
        held_out: what figures are printed of, by name.
        vary: what is done to the spectra before they are learnt from.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    steps = sum(len(example.heard) for example in known) // (_LENGTH * _BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share(step, steps * epochs))
    mean = torch.optim.swa_utils.AveragedModel(net, avg_fn=_averaged)
    parts = {"net": net, "optimiser": optimiser, "schedule": schedule, "mean": mean}
    first = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        first = state["epoch"] + 1
    for epoch in range(first, epochs):
        begin = time.perf_counter()
        net.train()
        total, count = 0.0, 0
        for heard, wanted in batches(known, _LENGTH, _BATCH, rng):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                varied = torch.from_numpy(vary(heard, rng))
                logits = net(varied)
            loss = loss_of(varied, logits.float(), torch.from_numpy(wanted))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
            optimiser.step()
            schedule.step()
            mean.update_parameters(net)
            total, count = total + float(loss.detach()), count + 1
        torch.save({name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch}, checkpoint)
        print(f"epoch {epoch}: loss {total / count:.4f}, {time.perf_counter() - begin:.0f} s", flush=True)
        for name, part in held_out.items():
            if part:
                print(f"  {name}: {figures(mean.module, part)}", flush=True)
    net.load_state_dict(mean.module.state_dict())


@torch.no_grad()
def figures(net: torch.nn.Module, held_out: Sequence[Example]) -> str:
    """Loss, r of the jaw, contacts told and steps taken for one, on speakers never trained on."""
    net.eval()
    found = [torch.from_numpy(e.heard.astype(np.float32)) for e in held_out]
    logits = torch.cat([net(heard[None])[0] for heard in found])
    wanted = torch.from_numpy(np.concatenate([e.wanted for e in held_out]).astype(np.float32))
    loss = float(loss_of(torch.cat(found)[None], logits[None], wanted[None]))
    said, truth = torch.sigmoid(logits).numpy(), wanted.numpy()
    r = float(np.corrcoef(said[:, JAW], truth[:, JAW])[0, 1])
    told = []
    for name, column in (("seal", SEAL), ("teeth", TEETH)):
        contacts = _runs(truth[:, column] > 0.9)
        for sure in (0.2, 0.3, 0.5):
            hit = np.mean([said[first:last, column].max() > sure for first, last in contacts])
            false = np.mean(said[truth[:, column] < 0.1, column] > sure)
            told.append(f"{name} {hit:.2f} of {len(contacts)} / false {false:.3f}")
    return f"loss {loss:.4f}, jaw r {r:.3f}, {', '.join(told)} (from 0.2, 0.3, 0.5 on)"


def _runs(condition: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and behind the last of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], condition.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _averaged(mean: Tensor, now: Tensor, count: Tensor) -> Tensor:
    """The mean of the last steps, of ever more of them up to a few hundred."""
    return mean + torch.clamp(10.0 / (count + 10.0), min=_FRESH) * (now - mean)


def _share(step: int, steps: int) -> float:
    """Of the learning rate: up, then a half cosine down."""
    warm_up = min(_WARM_UP, steps // 10)
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / max(1, steps))))

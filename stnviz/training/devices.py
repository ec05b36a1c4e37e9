"""Choice of device and numerical precision, and the autocast context."""

from __future__ import annotations

import ctypes
import sys
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from stnviz.experiments.recipe import Precision


def choose_device(name: str = "auto") -> torch.device:
    """The device of a name; ``auto`` is the first available of cuda, mps, cpu.

    Raises:
        ValueError: the named device is not available; the message lists those that are.
    """
    there = [
        name_
        for name_, is_there in (
            ("cuda", torch.cuda.is_available()),
            ("mps", torch.backends.mps.is_available()),
            ("cpu", True),
        )
        if is_there
    ]
    if name == "auto":
        return torch.device(there[0])
    if name.split(":", 1)[0] not in there:
        raise ValueError(f"There is no {name} device here: choose auto or {', '.join(there)}.")
    return torch.device(name)


def autocast(device: torch.device, precision: torch.dtype) -> AbstractContextManager[object]:
    """Context in which a network computes in ``precision``."""
    if precision == torch.float32:  # not every device type supports autocast to float32
        return nullcontext()
    # A captured step replays its casts; with a cache it would reuse the weights cast when captured.
    return torch.autocast(device.type, precision, cache_enabled=False)


def choose_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """``auto`` is bfloat16 if the device multiplies it natively, else float32.

    Theta and sampling grids stay float32 in either case.
    """
    if precision == "auto":
        get_capabilities = getattr(torch.cpu, "get_capabilities", None)  # older torch lacks it
        native = (
            torch.cuda.is_bf16_supported()
            if device.type == "cuda"
            else device.type == "cpu"
            and bool(get_capabilities and get_capabilities().get("avx512_bf16"))
        )
        return torch.bfloat16 if native else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


def place(model: nn.Module, device: torch.device) -> None:
    """Move a model to a device, the weights of its 2-D convolutions in the fastest layout there.

    ``nn.Module.to`` refuses that layout where a model has 3-D convolutions as well. And
    ``contiguous`` would leave the strides of filters of one channel, whose order in memory is the
    same in both layouts: the filtered images, and max pooling over them, would get the slow one.
    """
    model.to(device)
    for parameter in model.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.to(memory_format=torch.channels_last)


M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Names of glibc's ``malloc.h``."""


def keep_freed_memory() -> bool:
    """Have the C library keep freed memory for the next training step.

    By default glibc returns large blocks to the system, and every step takes them anew, page by
    page: a tenth of a small network's step, and a fifth of one on birds. This holds for the whole
    process, which keeps the most memory it ever needed.

    Returns:
        Whether the C library could be told; only glibc can.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    # No threshold would do for mmap: glibc takes none above 32 MiB.
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, -1))

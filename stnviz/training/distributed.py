"""One process or many: ``torchrun`` starts the same program several times over.

Every process draws the whole batch from (seed, step) and works on its share of it, so the
global batch is the same however many there are; torch's own DistributedDataParallel averages
the gradients. Only the first process writes and speaks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class ProcessGroup:
    """This process among the others.

    Args:
        rank: its number.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def shard(self, batch: Tensor) -> Tensor:
        """This process's part of a batch; all parts are equally large."""
        return batch.chunk(self.size)[self.rank] if self.size > 1 else batch

    def all_reduce(self, sums: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            dist.all_reduce(sums)
        return sums

    def any(self, here: bool) -> bool:
        """Whether it is so in any process."""
        if self.size == 1:
            return here
        flag = torch.tensor(float(here))
        if dist.get_backend() == "nccl":
            flag = flag.cuda()
        return bool(self.all_reduce(flag) > 0)

    def wrap(self, model: nn.Module, *, staged: bool = False) -> nn.Module:
        """The model with its gradients averaged over all processes.

        Args:
            model: in training.
            staged: whether parts of it learn at one time and not at another.
        """
        if self.size == 1:
            return model
        return DistributedDataParallel(model, find_unused_parameters=staged)


SINGLE_PROCESS = ProcessGroup()


def processes() -> int:
    """How many processes torchrun, or a scheduler that speaks like it, started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def init_process_group(device: str) -> Iterator[tuple[ProcessGroup, str]]:
    """Meet the other processes, if there are any; and the device of this one.

    Args:
        device: auto, cuda, mps or cpu; with cuda each process takes the GPU of its number
            on its machine.
    """
    if processes() == 1:
        yield SINGLE_PROCESS, device
        return
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    options: dict[str, Any] = {"backend": "gloo"}
    if on_gpu:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
        options = {"backend": "nccl", "device_id": torch.device(device)}
    dist.init_process_group(**options)
    try:
        yield ProcessGroup(dist.get_rank(), dist.get_world_size()), device if on_gpu else "cpu"
    finally:
        dist.destroy_process_group()

"""Data-parallel training in one or several processes, started by ``torchrun``.

Every process draws the whole batch from (seed, step) and trains on its shard of it, so the
global batch does not depend on the number of processes. DistributedDataParallel averages
the gradients. Only the process of rank 0 writes files and prints.
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
    """Rank of this process and number of processes.

    Args:
        rank: rank of this process.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def shard(self, batch: Tensor) -> Tensor:
        """This process's shard of a batch; all shards are equally large."""
        return batch.chunk(self.size)[self.rank] if self.size > 1 else batch

    def all_reduce(self, sums: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            dist.all_reduce(sums)
        return sums

    def any(self, here: bool) -> bool:
        """Whether ``here`` is True in any process."""
        if self.size == 1:
            return here
        flag = torch.tensor(float(here))
        if dist.get_backend() == "nccl":
            flag = flag.cuda()
        return bool(self.all_reduce(flag) > 0)

    def wrap(self, model: nn.Module, *, staged: bool = False) -> nn.Module:
        """Wrap a model so that its gradients are averaged over all processes.

        Args:
            model: in training mode.
            staged: whether some of its parameters get no gradient in some steps.
        """
        if self.size == 1:
            return model
        return DistributedDataParallel(model, find_unused_parameters=staged)


SINGLE_PROCESS = ProcessGroup()


def processes() -> int:
    """Number of processes that torchrun, or a scheduler with the same variables, started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def init_process_group(device: str) -> Iterator[tuple[ProcessGroup, str]]:
    """Join the process group, if there are several processes, and choose this one's device.

    Args:
        device: auto, cuda, mps or cpu; with cuda each process uses the GPU of its local rank.
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

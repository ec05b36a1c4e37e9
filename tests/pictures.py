"""Folders of pictures, and a network of one's own in a file, for the commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.followers import blobs

NETWORK = '''
import torch, torch.nn.functional as F
from torch import nn

class Mirror(nn.Module):
    """Looks at the picture mirrored, a little differently for each."""
    def __init__(self):
        super().__init__()
        self.locate = nn.Linear(3, 6)
        self.locate.weight.data.mul_(0.01)
        self.locate.bias.data = torch.tensor([-1.0, 0, 0, 0, 1, 0])
    def forward(self, images):
        theta = self.locate(images.mean(dim=(2, 3)))
        grid = F.affine_grid(theta.view(-1, 2, 3), images.shape, align_corners=False)
        return F.grid_sample(images, grid, align_corners=False)

def create():
    torch.manual_seed(0)
    return Mirror()

def number():
    return 7

def broken():
    raise RuntimeError("it is not finished")
'''


def write_pictures(folder: Path, count: int = 4, size: tuple[int, int] = (24, 32)) -> Path:
    """Colour pictures of blobs, ``p0.png`` and so on, one as a JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, blob in enumerate(blobs(count, size)[:, 0].numpy()):
        shades = np.stack([blob, 0.6 * blob, 0.2 + 0.1 * index * blob], axis=-1)
        name = f"p{index}.png" if index else "p0.jpg"
        Image.fromarray((255 * shades).round().astype(np.uint8)).save(folder / name)
    return folder

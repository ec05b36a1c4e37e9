"""A network of one's own, with a fault, looked into: your_own_network.py [OUT.trace]."""

import sys

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz


class YourNetwork(nn.Module):
    """Any module that samples at a grid; nothing in it knows of stnviz."""

    def __init__(self) -> None:
        super().__init__()
        self.localisation = nn.Sequential(nn.Flatten(), nn.Linear(784, 6))
        self.classifier = nn.Linear(784, 10)

    def forward(self, images: Tensor) -> Tensor:
        theta = self.localisation(images).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(images.shape), align_corners=True)
        straight = F.grid_sample(images, grid, align_corners=False)
        return F.linear(straight.flatten(1), self.classifier.weight)


model, images = YourNetwork(), torch.rand(16, 1, 28, 28)
trace = stnviz.inspect(model, images)
print(stnviz.health(trace, model))
trace.save(sys.argv[1] if len(sys.argv) > 1 else "your_own_network.trace")

"""A spatial transformer dropped into a small CNN, trained on turned digits: drop_in.py [STEPS]."""

import sys

import torch
from torch import nn

from stnviz import SpatialTransformer, create_transform
from stnviz.coordinates import sample
from stnviz.data.digits import gallery

BATCH, steps = 64, int(sys.argv[1]) if len(sys.argv) > 1 else 600
images, labels = map(torch.from_numpy, (gallery().images, gallery().labels))
turn = create_transform("similarity")  # theta: angle, scale, shift_x, shift_y
guess = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(196, 64), nn.ReLU())
straighten = SpatialTransformer(guess.append(nn.Linear(64, turn.size)), turn)  # the identity
read = nn.Sequential(nn.Conv2d(1, 16, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(2304, 10))
network = nn.Sequential(straighten, read)
optimiser = torch.optim.Adam(network.parameters(), 2e-3)
for _ in range(steps):
    which = torch.randint(len(images), (BATCH,))
    theta = turn.identity().repeat(BATCH, 1)
    theta[:, 0] = 3 * torch.rand(BATCH) - 1.5  # radians: almost 90 degrees either way
    turned = sample(images[which][:, None] / 255, turn.grid(theta, (28, 28)))
    logits = network(turned)
    optimiser.zero_grad()
    loss = nn.functional.cross_entropy(logits, labels[which].long())
    loss.backward()
    optimiser.step()
print(f"loss {loss.item():.3f}, error {(logits.argmax(1) != labels[which]).float().mean():.1%}")

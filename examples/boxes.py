"""Boxes from theta: the pixels that each of four windows reads of three birds, as x0 y0 x1 y1."""

import numpy as np
import torch

import stnviz
from stnviz.data.birds.synthetic import drawn

model = stnviz.load_model("birds/4st-cnn-translation")
side = model.config.input_size[0]
birds = np.stack([drawn("test", index, side).image for index in range(3)])  # (3, side, side, 3)
trace = stnviz.inspect(model, torch.from_numpy(birds).permute(0, 3, 1, 2) / 255)
corners = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])  # the edges of what is read
for step in trace.steps:
    options = model.config.transform_options  # such as the fixed size of these windows
    transform = stnviz.create_transform(step.transform, **options)
    theta = torch.from_numpy(step.theta)
    seen = transform.points(theta, corners.expand(len(theta), 4, 2))  # (3, 4, 2) in [-1, 1]
    pixels = ((seen + 1) * side / 2).clamp(0, side)
    boxes = torch.cat([pixels.amin(1), pixels.amax(1)], dim=1)  # around turned windows as well
    for bird, box in enumerate(boxes):
        print(f"bird {bird} window {'ABCD'[step.lane]}", *(f"{value:.1f}" for value in box))

"""Theta of a folder of images as CSV: theta_of_a_folder.py FOLDER [CHECKPOINT] > theta.csv."""

import csv
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import stnviz

folder, checkpoint = Path(sys.argv[1]), (*sys.argv[2:], "mnist-r/st-cnn-affine")[0]
model = stnviz.load_model(checkpoint)  # one for grey images
height, width = model.config.input_size
paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
if not paths:
    sys.exit(f"{folder} holds no PNG and no JPEG file: name a folder that does.")
images = [Image.open(path).convert("L").resize((width, height)) for path in paths]
pixels = torch.from_numpy(np.stack([np.asarray(image) for image in images]))
trace = stnviz.inspect(model, pixels[:, None] / 255)  # ink is bright, as in MNIST
names = [p.name for p in stnviz.create_transform(trace.steps[0].transform).parameters]
table = csv.writer(sys.stdout)
table.writerow(["file", "lane", "tick", *names])
for step in trace.steps:
    for path, theta in zip(paths, step.theta, strict=True):
        table.writerow([path.name, step.lane, step.tick, *(f"{value:.5f}" for value in theta)])

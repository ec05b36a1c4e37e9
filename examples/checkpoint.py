"""A shipped checkpoint looked into and drawn: checkpoint.py [OUT.png]."""

import sys

import torch

import stnviz
from stnviz.data.digits import gallery

out = sys.argv[1] if len(sys.argv) > 1 else "grid.png"
model = stnviz.load_model("mnist-r/st-cnn-affine")  # stnviz.list_checkpoints() names all
digits = torch.from_numpy(gallery().images[:8])[:, None] / 255  # (8, 1, 28, 28) in [0, 1]
trace = stnviz.inspect(model, digits.rot90(1, (2, 3)), {"data": "gallery, a quarter turn"})
print("read as", trace.probabilities.argmax(1), "theta", trace.steps[0].theta[7].round(2))
stnviz.plot_grid(trace, 7).savefig(out)
trace.save(f"{out}.safetensors")  # for somebody else: stnviz.load_trace opens it

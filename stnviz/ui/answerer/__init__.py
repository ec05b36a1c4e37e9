"""Answers in the browser: a graph of :mod:`stnviz.onnx` in a worker of the page."""

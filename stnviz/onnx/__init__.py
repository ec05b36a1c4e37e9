"""Networks, and the whole answers that the pages show, as ONNX graphs."""

"""Birds: pictures drawn by our own code, and the photographs of CUB-200-2011."""

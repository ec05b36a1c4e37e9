"""Bird images: synthetic drawings, and the photographs of CUB-200-2011."""

"""Alignment: whether transformers follow their images, what that does to them, and how exactly."""

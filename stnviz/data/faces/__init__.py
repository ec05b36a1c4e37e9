"""Drawn faces and glasses for compositing; the correct position of the glasses is known exactly."""

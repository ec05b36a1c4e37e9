"""Scenes: what a link, a checkpoint or a trace shows, ready to be drawn or written down."""

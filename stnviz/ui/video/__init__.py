"""The Video page: its clips, its component and its controls."""

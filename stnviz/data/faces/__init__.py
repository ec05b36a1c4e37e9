"""Drawn faces, and glasses to lay on them: where the glasses belong is known exactly."""

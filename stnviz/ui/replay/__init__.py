"""The replay of a training run, as the time machine shows it."""

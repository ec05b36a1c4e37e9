"""Data sets: clean digits, distortions, drawn images, photographs and video clips."""

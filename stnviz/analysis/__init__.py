"""Looking at models: their traces."""

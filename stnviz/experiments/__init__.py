"""Which networks are compared on which images, and what counts as an error; one family a file."""

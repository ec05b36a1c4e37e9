"""The Play page and its stage."""

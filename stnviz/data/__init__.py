"""Clean digits and what is done to them."""

"""The Debug page: what any network's transformers do, and what is wrong with them."""

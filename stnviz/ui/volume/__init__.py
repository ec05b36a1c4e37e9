"""A digit turned in space, on the Attention page: what each network flattens out of it."""

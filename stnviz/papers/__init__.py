"""Tables of the papers' results: cells, recipes to reproduce them, and the report."""

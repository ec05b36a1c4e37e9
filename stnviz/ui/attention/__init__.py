"""The Attention page: its model, its component and its tables."""

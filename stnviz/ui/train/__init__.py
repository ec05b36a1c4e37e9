"""The Train page: its controls and its example runs."""

"""The Steps page: its step traces, its component and its URL."""

"""The stage of the Play page, its state and its links."""

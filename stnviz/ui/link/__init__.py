"""The link of a page: what it hides, how it is embedded, its QR code."""

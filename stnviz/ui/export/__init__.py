"""The Export dialog: what a page shows as a file, made beside the page."""

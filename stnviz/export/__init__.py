"""Files of what a page shows: pictures, animations, tables, traces and code."""

"""The papers' tables: their cells, a recipe for each, and the report."""

"""Scenes as marks on a sheet, and the two painters of marks: vectors and frames."""

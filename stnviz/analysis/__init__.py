"""Analysis of models: traces of their transformers, and measurements on their windows."""

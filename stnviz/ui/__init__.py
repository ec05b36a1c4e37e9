"""The screens' side of the house: the only package here that imports streamlit."""

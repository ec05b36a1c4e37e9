"""The user interface, pages and components: the only package here that imports Streamlit."""

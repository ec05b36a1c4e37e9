"""Figures of records, with numpy, matplotlib and plotly; never torch or streamlit."""

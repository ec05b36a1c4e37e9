"""Records in, figures out: numpy and plotly, never torch or streamlit."""

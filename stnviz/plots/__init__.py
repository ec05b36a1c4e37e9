"""Records in, figures out: numpy, matplotlib and plotly, never torch or streamlit."""

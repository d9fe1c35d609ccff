"""Frame in, Plotly figure out. Knows no Streamlit, reads nothing."""

"""What people see: Streamlit pages over publications, in Chinese."""

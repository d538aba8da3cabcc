"""Start the page: `streamlit run app.py`."""

from salvo.app.page import main

main()

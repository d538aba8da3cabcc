"""What Streamlit runs when the page is started from an installed package; see launch.py."""

from salvo.app.page import main

main()

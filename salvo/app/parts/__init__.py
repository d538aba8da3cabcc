"""What the tabs of the page are put together from."""

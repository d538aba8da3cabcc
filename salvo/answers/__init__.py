"""One question a file: the function that asks and its frozen answer."""

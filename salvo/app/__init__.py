"""The what-if page: it asks and shows. Defaults, limits, units and words come from the library."""

"""A seeded year of an invented city, played through the real services: `python -m dispatch.simulate --help`."""

"""The edge people look at: pages, JSON API, live board."""

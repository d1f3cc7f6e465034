"""Measured figures, each a ratio with its limit or a peer in the same run: `make bench`."""

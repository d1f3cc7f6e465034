"""What the centre costs and how good it is: figures for the papers, printed by `make bench`."""

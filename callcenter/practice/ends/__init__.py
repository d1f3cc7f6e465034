"""Far ends: the telephones that the line's legs lead to."""

"""The edge where work happens later: jobs, reactions, the clock."""

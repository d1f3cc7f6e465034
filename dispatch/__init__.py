"""Cases (办件) and their work orders (工单): the life, the clocks, the duty list, the routing."""

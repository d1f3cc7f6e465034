"""The telephone side: calls, the queue, seats, transcripts, recordings."""

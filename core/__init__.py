"""What every part may use and no part owns: people, clock, transaction, events, queue, feed."""

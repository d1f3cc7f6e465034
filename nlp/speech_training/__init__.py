"""Makes the practice speech model from our own sentences and a synthetic voice (docs/speech.md)."""

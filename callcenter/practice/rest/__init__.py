"""The REST API of the carrier, as far as a hotline needs it."""

"""The REST API of the carrier, version 2010-04-01, as far as a hotline uses it."""

"""The practice line: a telephone company on this machine that keeps Twilio's wire contract (docs/practice-line.md)."""

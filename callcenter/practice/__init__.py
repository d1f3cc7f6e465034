"""The practice line: a telephone company on this machine that keeps the Twilio wire contract."""

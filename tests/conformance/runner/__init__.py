"""The conformance runner: sends the vectors to a driver and compares what comes back."""

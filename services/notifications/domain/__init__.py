"""The rules of telling people: which message for which fact, by which channel, in which state, how long."""

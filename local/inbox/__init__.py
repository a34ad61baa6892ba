"""The SMTP sink: takes every message, delivers none, and shows what it got.

For trying the platform out and for tests: a message is on disk before it is acknowledged, so
stopping or killing the sink loses nothing.
"""

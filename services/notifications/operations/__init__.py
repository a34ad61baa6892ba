"""What notifications does: plain functions on a session, one commit each, made by the caller."""

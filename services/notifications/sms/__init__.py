"""Telling people by SMS: its words, its segments, those who carry it and what they say became of it."""

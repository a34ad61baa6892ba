"""Dates that come again: recurrence rules, weekly hours, what clocks and holidays do to them. No storage, no HTTP."""

"""The records of people: found, corrected, put together, handed over, forgotten."""

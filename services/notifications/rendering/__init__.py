"""From what is to be told to words: dates, text, page."""

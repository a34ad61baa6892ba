"""From what is to be told to the bytes of a message: dates, words, page, calendar, mail."""

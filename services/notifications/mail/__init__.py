"""Messages as mail: composed with their calendar file, and handed to a mail server."""

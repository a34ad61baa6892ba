"""The life of a registration: who gets a seat, a place in line, or neither."""

"""What came of it: who came, what they say, where they are directed, what it led to."""

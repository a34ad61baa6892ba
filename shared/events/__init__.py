"""What the services tell each other: the catalogue of facts, their envelope, and who listens to what."""

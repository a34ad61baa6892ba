"""The three pillars. None imports another: what they tell each other is in ``shared.events``."""

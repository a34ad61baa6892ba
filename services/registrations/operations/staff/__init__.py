"""Those who work here: signing in, what they may see, and the trail of what they do."""

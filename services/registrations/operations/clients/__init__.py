"""Other people's programs: web clients with their keys, and the webhooks that tell them."""

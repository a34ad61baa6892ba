"""Activity records in the codes of the Coop de la médiation numérique, as its form and its API have them."""

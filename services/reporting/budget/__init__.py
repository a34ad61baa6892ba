"""What things cost: lines as people write them, and which part of one belongs to a period."""

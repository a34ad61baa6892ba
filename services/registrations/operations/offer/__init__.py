"""What is offered: activities, sessions and their meetings, from draft to close."""

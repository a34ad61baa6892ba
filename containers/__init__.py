"""What the containers are made and configured with; docs/operations.md tells how to run them."""

"""What comes in over HTTP and what goes out, resource by resource."""

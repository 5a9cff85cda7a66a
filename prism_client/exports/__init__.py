"""What the server knows, written for other programs."""

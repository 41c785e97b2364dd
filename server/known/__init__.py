"""What a process remembers of sales: which there are, how each stands, and what those who watch one see."""

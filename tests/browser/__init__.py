"""Real flows in Chromium, against a real server on its own stores."""

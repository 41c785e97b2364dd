"""What people of a load test do and were told, whatever client plays them: no sockets here."""

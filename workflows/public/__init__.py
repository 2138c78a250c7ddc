"""Pages without login: home, hall, guides, publicity, letter check, progress."""

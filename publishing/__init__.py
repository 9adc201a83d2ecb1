"""For those who teach with the course: slides with speaker notes, a web site, and their minutes."""

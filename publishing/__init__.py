"""What is made of the course for others to read: ``python -m publishing COMMAND``."""

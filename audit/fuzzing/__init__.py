"""Hostile input: valid calls of every public function, what spoils them, and what must come out."""

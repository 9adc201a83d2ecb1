"""How fast, how small and how good: `python -m benchmarks` (see README, "Measure")."""

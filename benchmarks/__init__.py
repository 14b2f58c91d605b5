"""How fast, how small, how sturdy: see README.md. Run from the root as `python -m benchmarks.X`."""

"""A run's trials as jobs of a task engine, and the process that takes them."""

"""Deterministic checks of what a model answered, and how it worked."""

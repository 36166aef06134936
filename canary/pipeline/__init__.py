"""Collect, publish: what happens from a slot to a page."""

"""canary: a smoke detector for the models you depend on; it writes the postmortem."""

__version__ = "0.1.0.dev0"

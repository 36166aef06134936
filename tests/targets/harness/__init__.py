"""Agent CLIs as targets: what they print, how they are run, what is left of them."""

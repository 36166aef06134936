"""A model provider that can be trusted to misbehave on request: three protocols on loopback, drawn from examples."""

"""The records every room speaks in, and the ports the edges implement. Nothing here does I/O."""

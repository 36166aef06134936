"""Systems under watch: raw APIs over the official SDKs, one port, one conversation."""

"""The promises, measured on drawn histories with known truth: slow, nightly, and the source of docs/statistics.md."""

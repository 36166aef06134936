"""Other formats: records in and out, published data sets in."""

"""Statistics that know no project: arrays in, small frozen results out."""

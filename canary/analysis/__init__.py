"""From stored trials to dated changes: daily series, change points, incidents. Pure: arrays in, records out."""

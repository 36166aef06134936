"""The process that stays: runs at their slots, mail on its way, an alarm when a run is missing."""

"""Suite x targets x replicates -> trials: order, limits, budget, resume."""

"""Fire drills: scenarios put through the same judgement as production, and scored against the truth."""

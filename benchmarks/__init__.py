"""What a run costs: figures for the README, side by side in one run. No test rests on them."""

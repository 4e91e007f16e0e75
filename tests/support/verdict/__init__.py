"""What verdicts say, taken apart and computed again."""

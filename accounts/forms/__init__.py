"""The questions that the account pages ask."""

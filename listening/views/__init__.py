"""The pages of listening: for everybody, for people who answer, for people with a code, for staff."""

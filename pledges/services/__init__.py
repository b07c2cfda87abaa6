"""Verbs of the public record: those of pledges, and what they share with the housing plan."""

from pledges.services.pledges import change_status, correct_update, write_update

__all__ = ["change_status", "correct_update", "write_update"]

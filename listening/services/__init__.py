"""What happens when somebody is heard, and what the figures say."""

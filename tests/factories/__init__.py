"""Real rows for tests, one module per app. Every required fact has a plain, valid default."""

"""How fast the portal is, told in ratios to raw SQL and to a bare Django page. See docs/decisions/speed.md."""

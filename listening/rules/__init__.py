"""What listening decides, apart from any table: receipt codes, unsent answers, published tables."""

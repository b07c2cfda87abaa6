"""Everything behind `make`: set-up, local servers, the processes of one run, and the checks."""

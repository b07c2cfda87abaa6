"""The yardstick `floor`: a bare Django page on the same tables, served like the portal."""

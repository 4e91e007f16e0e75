"""Tables for a terminal, by topic; `terminal` makes and prints them."""

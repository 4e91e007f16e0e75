"""Tables: numbers at some conductances, times or scores, as they were measured, and what lies between them."""

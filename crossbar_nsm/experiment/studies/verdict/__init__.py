"""What a study says, in sentences made of its numbers: the conclusion, why it is so, and what is not known."""

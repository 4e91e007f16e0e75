"""What one cell's reads over time show: which laws, with their numbers, and how well they fit."""

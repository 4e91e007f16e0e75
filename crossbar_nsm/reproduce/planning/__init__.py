"""Which studies are possible, what they will do, and about how long it takes."""

"""Files, read and written: `reading` and `writing` (bounded, never half-written, never over a file of others), whose
they are (`signs`, `digests`), and their formats (`document`: YAML with line numbers, JSON, tables, archives,
records)."""

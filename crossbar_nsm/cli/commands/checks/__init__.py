"""Commands that look for mistakes, in a configuration or in this software."""

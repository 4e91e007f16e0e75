"""The non-idealities of a hardware configuration, and what it is without some of them."""

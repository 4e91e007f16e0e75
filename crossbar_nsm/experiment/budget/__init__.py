"""The error budget: what each imperfection of the hardware costs by itself (`effects`: which there are)."""

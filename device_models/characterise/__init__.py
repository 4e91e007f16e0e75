"""What describes a device: numbers at mid range, simulated traces and their spectrum, ageing, fluctuations, programmed
cells."""

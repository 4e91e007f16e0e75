"""Learning with hardware in the loop: training for a device, tuning of a programmed chip."""

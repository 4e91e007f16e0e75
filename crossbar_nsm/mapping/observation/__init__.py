"""What an experimenter would measure on a programmed chip: recovered beta and c, covariances between passes."""

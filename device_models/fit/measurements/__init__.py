"""Files of measurements, as laboratories write them, to pairs and traces in SI units."""

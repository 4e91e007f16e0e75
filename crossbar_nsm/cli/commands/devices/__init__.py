"""Commands about memory devices: presets, one device, fits to measurements."""

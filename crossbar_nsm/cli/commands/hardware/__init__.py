"""Commands about chips of one configuration, beside ideal software where that says something."""

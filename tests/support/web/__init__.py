"""What is seen in a browser: the browser, and the built site."""

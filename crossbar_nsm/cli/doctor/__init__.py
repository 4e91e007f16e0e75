"""What `crossbar-nsm doctor` looks at, each part by itself: facts, and findings with their fix."""

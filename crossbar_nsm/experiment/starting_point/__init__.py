"""What somebody begins with, to be copied into a folder: `folder` copies, `files` are what is copied."""

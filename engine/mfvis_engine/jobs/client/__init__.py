"""What a window, the command line or a script uses: `engine` and `handle`; jobs of a project, and runs from events."""

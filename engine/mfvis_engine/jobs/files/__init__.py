"""Files that an engine or a worker keeps: learned weights and videos, known by their content, in bounded stores."""

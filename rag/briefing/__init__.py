"""From a topic to a handout, every line traceable."""

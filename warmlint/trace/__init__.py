"""Loop and schedule together: which tick each update runs at."""

"""The command line: its verbs, its options, its exit codes. What they do is done elsewhere."""

"""From source to facts: what schedules a file makes, of what, and which loop drives them."""

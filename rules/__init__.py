"""The rules: one module a rule. Each is found by looking into this package; nothing lists them."""

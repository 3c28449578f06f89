"""Coverage-guided fuzzers of the engine; not a part of the test suite. README.md tells how to run them."""

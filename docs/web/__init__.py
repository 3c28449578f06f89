"""The site: what its pages are made of, and how they are drawn. `docs/site.py` is its command."""

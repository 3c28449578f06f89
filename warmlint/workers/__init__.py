"""Linting in processes of warmlint's own, so that a file which crashes, hangs or swells costs itself alone.

`pool.py` is the parent's side and `child.py` the script that it starts; what they say to each other is
data, in the JSON of `wire.py`. The parent parses nothing and needs no libcst.
"""

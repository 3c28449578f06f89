"""The torch witness: reported schedules, replayed through the real torch in a subprocess.

Ask through `warmlint.witness.replay`, judge with `warmlint.witness.agreement`. Nothing stands here, because
the worker imports this package too and has no use for the parent's side. Torch itself is imported by
`full`, in the worker alone.
"""

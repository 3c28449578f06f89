"""`warmlint server`: what a run says, said in an editor while the code is typed.

It speaks the Language Server Protocol over stdin and stdout through pygls. It judges nothing itself, and
parses nothing: each file goes to a child (`warmlint.workers`) as in a run, with the editor's text in the
place of what is on disk. `documents.py` holds that text, `engine.py` asks the children, `session.py` decides
when; `diagnostics.py`, `actions.py` and `curves.py` put what they answer into the protocol's words,
`places.py` its places; `lsp.py` is the server itself.
"""

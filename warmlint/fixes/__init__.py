"""Edits that cure findings, and the proof that they do."""

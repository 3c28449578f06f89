"""Schedules as mathematics: evaluation, valuations, proof and verdict. No libcst here."""

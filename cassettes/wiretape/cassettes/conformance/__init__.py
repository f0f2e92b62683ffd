"""Conformance: rules over frames and deltas, and what they find."""

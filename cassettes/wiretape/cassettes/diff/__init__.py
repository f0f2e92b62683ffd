"""Diff: what two or more providers said, set side by side."""

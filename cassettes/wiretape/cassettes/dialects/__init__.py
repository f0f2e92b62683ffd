"""Dialects: what the frames of each provider API mean, told in deltas that all of them share."""

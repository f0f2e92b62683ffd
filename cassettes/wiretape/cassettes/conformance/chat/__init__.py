"""The rules of Chat Completions, streamed."""

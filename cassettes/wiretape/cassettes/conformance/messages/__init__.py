"""The rules of Anthropic's Messages, streamed."""

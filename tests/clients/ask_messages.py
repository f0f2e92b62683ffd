"""Ask Anthropic's SDK a question and print the answer as it streams in, as its readme does.

ANTHROPIC_BASE_URL=http://127.0.0.1:8787/anthropic python ask_messages.py
"""

from anthropic import Anthropic

with Anthropic().messages.stream(
    model="claude-sonnet-4-5",
    max_tokens=400,
    messages=[{"role": "user", "content": "Why is the sky blue?"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
    print(f"\n({stream.get_final_message().stop_reason})")

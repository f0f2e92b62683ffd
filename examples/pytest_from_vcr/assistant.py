"""What is under test: an answer as it streams in."""

from openai import OpenAI


def ask(question: str) -> str:
    """The whole answer to a question."""
    stream = OpenAI().chat.completions.create(
        model="gpt-5-mini", messages=[{"role": "user", "content": question}], stream=True
    )
    parts = [choice.delta.content or "" for chunk in stream for choice in chunk.choices]
    return "".join(parts).strip()

"""The dialect of each API id."""

from collections.abc import Callable

from wiretape.cassettes.dialects.a2a import A2ADialect
from wiretape.cassettes.dialects.assistants import AssistantsDialect
from wiretape.cassettes.dialects.audio import SpeechDialect, TranscriptionDialect
from wiretape.cassettes.dialects.bedrock import ConverseDialect
from wiretape.cassettes.dialects.bedrock_invoke import InvokeDialect
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.cohere import CohereDialect
from wiretape.cassettes.dialects.completions import CompletionsDialect
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.dialects.gemini import GeminiDialect
from wiretape.cassettes.dialects.images import ImagesDialect
from wiretape.cassettes.dialects.interactions import InteractionsDialect
from wiretape.cassettes.dialects.mcp import McpDialect
from wiretape.cassettes.dialects.messages import MessagesDialect
from wiretape.cassettes.dialects.mistral_conversations import MistralConversationsDialect
from wiretape.cassettes.dialects.ollama import OllamaDialect
from wiretape.cassettes.dialects.responses import ResponsesDialect

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "openai.responses": ResponsesDialect,
    "openai.chat": ChatDialect,
    "openai.completions": CompletionsDialect,
    "openai.assistants": AssistantsDialect,
    "openai.images": ImagesDialect,
    "openai.speech": SpeechDialect,
    "openai.transcription": TranscriptionDialect,
    "anthropic.messages": MessagesDialect,
    "gemini.generate": GeminiDialect,
    "gemini.interactions": InteractionsDialect,
    "bedrock.converse": ConverseDialect,
    "bedrock.invoke": InvokeDialect,
    "ollama.chat": OllamaDialect,
    "ollama.generate": OllamaDialect,
    "cohere.v1": CohereDialect,
    "cohere.v2": CohereDialect,
    "mistral.conversations": MistralConversationsDialect,
    "mcp.http": McpDialect,
    "a2a": A2ADialect,
}
"""Makes a dialect for one response, by the API's id in the catalogue."""

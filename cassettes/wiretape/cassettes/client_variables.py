"""The environment variables that send the usual clients to a server of ours.

Only variables that a client was seen to read, each in the shape that client expects: some want
the API's version in the base URL, some add it themselves. Clients without a variable (Hugging
Face's InferenceClient, Mistral's, xAI's and OpenRouter's SDK) are given the URL in code. boto3
is not here: it refuses to send a bearer key over plain HTTP, whatever the endpoint.
Pure data, here because whoever plays offline must not know the recorder.
"""

from collections.abc import Container

_VARIABLES: tuple[tuple[str, str, str], ...] = (
    # variable, upstream, path behind the upstream's name
    ("OPENAI_BASE_URL", "openai", "/v1"),  # openai
    ("OPENAI_API_BASE", "openai", "/v1"),  # litellm
    ("ANTHROPIC_BASE_URL", "anthropic", ""),  # anthropic, Claude Code
    ("GOOGLE_GEMINI_BASE_URL", "gemini", ""),  # google-genai
    ("GROQ_BASE_URL", "groq", ""),  # groq adds /openai/v1
    ("TOGETHER_BASE_URL", "together", ""),  # together
    ("CO_API_URL", "cohere", ""),  # cohere
    ("OLLAMA_HOST", "ollama", ""),  # ollama
    ("DEEPSEEK_API_BASE", "deepseek", ""),  # litellm
    ("XAI_API_BASE", "xai", "/v1"),  # litellm
    ("OPENROUTER_API_BASE", "openrouter", "/v1"),  # litellm
    ("AZURE_OPENAI_ENDPOINT", "azure", ""),  # openai's AzureOpenAI
    ("AWS_BEDROCK_BASE_URL", "bedrock", "/openai/v1"),  # openai's BedrockOpenAI
    ("ANTHROPIC_BEDROCK_BASE_URL", "bedrock", ""),  # anthropic's AnthropicBedrock
)


_PROVIDERS = frozenset(name for _, name, _ in _VARIABLES)


def provider_in(path: str) -> str:
    """The provider that a path begins with, as those given to the usual clients do; or none."""
    name = path.removeprefix("/").partition("/")[0]
    return name if name in _PROVIDERS else ""


def client_variables(url: str, upstreams: Container[str] | None = None) -> dict[str, str]:
    """Variable to value, for a server at `url`.

    A variable whose upstream is not in `upstreams` is left out, so that the client goes on to its
    provider and does not meet a refusal. None leaves none out: no client may go to its provider.
    """
    return {
        variable: f"{url.rstrip('/')}/{name}{path}"
        for variable, name, path in _VARIABLES
        if upstreams is None or name in upstreams
    }

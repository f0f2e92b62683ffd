"""The providers by name: where `/NAME/...` of the proxy goes.

A request to `/NAME` + PATH goes to BASE + PATH, so that a client writes `/NAME` where the
provider's host (and the base below) stood. A PATH that already begins with the base's own path
is not given it twice: `/groq/v1/...` and `/groq/openai/v1/...` both reach `/openai/v1/...`,
because the field has clients of both habits (groq's own SDK and the SDKs of OpenAI).

Pure data and parsing: no sockets.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from wiretape.recorder.errors import BadUpstream, UnknownUpstream

RESERVED = "__wiretape"
"""The path prefix of the proxy's own pages; never an upstream."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Upstream(msgspec.Struct, frozen=True):
    """A provider: `name` as it stands in the proxy's URLs, `base` without a slash at the end."""

    name: str
    base: str

    @property
    def tls(self) -> bool:
        return self.base.startswith("https:")

    @property
    def host(self) -> str:
        return urlsplit(self.base).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.base)
        return parts.port or _DEFAULT_PORTS[parts.scheme]

    @property
    def authority(self) -> str:
        """What the Host header says: host, and port where it is not the scheme's own."""
        return urlsplit(self.base).netloc

    def upstream_target(self, target: str) -> str:
        """The request target for the provider; `target` begins with `/`."""
        prefix = urlsplit(self.base).path
        path = target.partition("?")[0]
        if path == prefix or path.startswith(prefix + "/"):
            return target
        return prefix + target


def _table(*rows: tuple[str, str]) -> dict[str, Upstream]:
    return {name: Upstream(name, base) for name, base in rows}


BUILT_IN: dict[str, Upstream] = _table(
    ("openai", "https://api.openai.com"),
    ("anthropic", "https://api.anthropic.com"),
    ("gemini", "https://generativelanguage.googleapis.com"),
    ("hf", "https://router.huggingface.co"),
    ("openrouter", "https://openrouter.ai/api"),
    ("groq", "https://api.groq.com/openai"),
    ("mistral", "https://api.mistral.ai"),
    ("deepseek", "https://api.deepseek.com"),
    ("xai", "https://api.x.ai"),
    ("together", "https://api.together.xyz"),
    ("cohere", "https://api.cohere.com"),
    ("ollama", "http://127.0.0.1:11434"),
)

HOST_NEEDED: Mapping[str, str] = {
    "azure": "azure=https://RESOURCE.openai.azure.com",
    "bedrock": "bedrock=https://bedrock-runtime.REGION.amazonaws.com",
}
"""Providers with a host per customer or region: the name is known, the base must be given."""


def find_upstream(name: str, upstreams: Mapping[str, Upstream]) -> Upstream:
    """The upstream of that name. Raises UnknownUpstream, which says what is known."""
    found = upstreams.get(name)
    if found is not None:
        return found
    if name in HOST_NEEDED:
        raise UnknownUpstream(
            name, f"upstream '{name}' needs its host: record with --upstream {HOST_NEEDED[name]}"
        )
    known = ", ".join(sorted(upstreams)) or "none"
    raise UnknownUpstream(
        name,
        f"unknown upstream '{name}'; the URL is /NAME/..., known names: {known}; "
        "add one with --upstream NAME=URL",
    )


def parse_upstream(text: str) -> Upstream:
    """Read `NAME=URL`. Raises BadUpstream; its message never repeats a password."""
    name, equals, url = text.partition("=")
    if not equals or "://" in name:
        raise BadUpstream("an upstream without a name" if "://" in text else "no '=' in it")
    if name == RESERVED or not _NAME.fullmatch(name):
        raise BadUpstream(f"{name!r} cannot be a name (a-z, 0-9 and single hyphens only)")
    return Upstream(name, _checked_base(name, url))


def _checked_base(name: str, url: str) -> str:
    if not url.isascii() or any(character.isspace() or character < "!" for character in url):
        raise BadUpstream(f"the URL of '{name}' has a space or a character outside ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUpstream(f"the URL of '{name}' cannot be read ({error})") from None
    if "@" in parts.netloc:
        raise BadUpstream(
            f"the URL of '{name}' holds a user name or password, which would stand on the "
            "cassette; let the client send it as a header"
        )
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadUpstream(f"the URL of '{name}' must begin with http:// or https://")
    if not parts.hostname or port == 0:
        raise BadUpstream(f"the URL of '{name}' has no host" if port != 0 else "port 0")
    if "?" in url or "#" in url:
        raise BadUpstream(f"the URL of '{name}' must have no query and no fragment")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"

"""What counts as a secret, as data: names of headers, query keys and JSON paths.

Knows no request and no bytes; nothing is decided here that could not be a line in a table.
Names are in lower case and compared without regard to case. A path is written as in
`paths.py`. Every rule has a name that stands in the counts of a recording, such as
`header:authorization`, `query:key` or `body:tools[*].authorization`.
"""

REDACTED_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "www-authenticate",
        "proxy-authenticate",
        "api-key",
        "apikey",
        "x-api-key",
        "x-apikey",
        "x-rapidapi-key",
        "x-access-key",
        "x-auth",
        "x-authorization",
        "authentication",
        "x-api-token",
        "x-auth-token",
        "x-access-token",
        "x-session-token",
        "x-csrf-token",
        "x-goog-api-key",
        "x-goog-iam-authorization-token",
        "x-amz-security-token",
        "ocp-apim-subscription-key",
        "subscription-key",
        "xi-api-key",
        "x-litellm-api-key",
        "x-portkey-api-key",
        "x-portkey-virtual-key",
        "helicone-auth",
        "cf-aig-authorization",
        "x-vercel-oidc-token",
        "x-vercel-protection-bypass",
        "cookie",
        "set-cookie",
        "webhook-signature",
        "x-hub-signature",
        "x-hub-signature-256",
    }
)
"""Headers whose value is replaced."""

REDACTED_HEADER_SUFFIXES = ("-token", "-secret", "-api-key", "-password", "-signature")
"""Never a word inside a name: `credential` is in access-control-allow-credentials, which
browsers need, and `token` in every x-ratelimit-*-tokens."""

WHOLE_HEADERS = frozenset({"cookie", "set-cookie"})
"""Replaced with all they hold, an authentication scheme's word included."""

UNLEARNED_HEADERS = frozenset(
    {
        "cookie",
        "set-cookie",
        "www-authenticate",
        "proxy-authenticate",
        "webhook-signature",
        "x-hub-signature",
        "x-hub-signature-256",
    }
)
"""Redacted, but no source of credentials to search for: a challenge and a signature are no
credentials, and a cookie holds words such as `darkmode` that stand in bodies as well."""

UNLEARNED_HEADER_SUFFIXES = ("-signature",)

AUTHENTICATION_SCHEMES = frozenset(
    {
        "basic",
        "bearer",
        "digest",
        "negotiate",
        "ntlm",
        "dpop",
        "hoba",
        "mutual",
        "vapid",
        "token",
        "key",
        "apikey",
        "api-key",
        "aws4-hmac-sha256",
        "goog4-rsa-sha256",
    }
)
"""Words that stay in front of a redacted value (the registry of RFC 9110 section 16.4.1, and
those that providers made up). A word that is not here might be half of a password."""

PSEUDONYMISED_HEADERS = frozenset(
    {
        "mcp-session-id",
        "openai-organization",
        "openai-project",
        "anthropic-organization-id",
        "anthropic-workspace-id",
        "anthropic-user-profile-id",
        "x-goog-user-project",
        "x-hf-bill-to",
        "openai-safety-identifier",
        "x-forwarded-for",
        "x-real-ip",
        "cf-connecting-ip",
        "cf-ray",
    }
)
"""Headers that say who, not what opens: one stand-in per value, so that equal stays equal."""

WEBSOCKET_PROTOCOL_HEADER = "sec-websocket-protocol"

WEBSOCKET_PROTOCOL_SECRETS = ("openai-insecure-api-key.", "rt_")
"""Beginnings of subprotocol tokens that carry a key, since a browser's WebSocket sends no
header of its own."""

REDACTED_QUERY_KEYS = frozenset(
    {
        "key",
        "api_key",
        "api-key",
        "apikey",
        "access_token",
        "token",
        "auth",
        "auth_token",
        "client_secret",
        "secret",
        "id_token",
        "refresh_token",
        "jwt",
        "password",
        "sig",
        "signature",
        "code",
        "subscription-key",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "awsaccesskeyid",
        "x-goog-signature",
        "x-goog-credential",
        "googleaccessid",
        "key-pair-id",
        "policy",
    }
)
"""Keys of a request's own query."""

REDACTED_LINK_KEYS = REDACTED_QUERY_KEYS - {"key", "code", "auth"}
"""Keys of the query of a page's or a file's address inside a body. `key`, `code` and `auth` are
ordinary words there, and a page's address is what a model is asked about. In the address of a
server that is to be called (REDACTED_SERVER_LINKS) all of REDACTED_QUERY_KEYS hold."""

REDACTED_BODY_PATHS = (
    "tools[*].authorization",
    "tools[*].headers.*",
    "session.tools[*].authorization",
    "session.tools[*].headers.*",
    "mcp_servers[*].authorization_token",
    "mcp_servers[*].headers.*",
    "**.mcp_server.headers.*",
    "**.domain_secrets[*].value",
    "**.client_secret",
    "**.client_secret.value",
    "**.credentials",
    "**.api_key",
    "**.apiKey",
    "**.apikey",
    "**.secret_key",
    "**.secretKey",
    "**.clientSecret",
    "**.accessToken",
    "**.refreshToken",
    "**.aws_secret_access_key",
    "**.secretAccessKey",
    "**.password",
    "**.private_key",
    "**.access_token",
    "**.refresh_token",
    "**.id_token",
    "**.webhook_secret",
    "**.upload_url",
    "**.newHandle",
    "**.sessionResumption.handle",
)
"""String leaves of a request's JSON that are masked. The last three are capabilities that the
provider hands out and the client sends back: they get a stand-in instead, of the same length,
and so do the first two of those in a response."""

REDACTED_SERVER_LINKS = (
    "tools[*].server_url",
    "session.tools[*].server_url",
    "mcp_servers[*].url",
    "**.mcp_server.url",
)
"""String leaves that hold the address of a server which the provider is to call."""

REDACTED_BODY_LINKS = (
    *REDACTED_SERVER_LINKS,
    "**.image_url",
    "**.file_url",
    "**.url",
    "**.uri",
    "**.fileUri",
)
"""String leaves that hold an address: only its user information and the values of its secret
query keys are masked."""

SCHEMA_PATHS = (
    "tools[*].parameters",
    "**.function.parameters",
    "**.input_schema",
    "**.inputSchema",
    "**.functionDeclarations[*].parameters",
    "text.format.schema",
    "response_format",
)
"""Where a JSON schema stands. Nothing below is masked: `password` is there the name of a
property, and its text is for the model."""

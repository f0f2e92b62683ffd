"""The session that a request names: in a header of ours, or before its path.

Whoever plays a tape keeps the plays of each session apart: the replay server, and the recorder's
proxy in the modes that play. Pure functions over targets and header pairs.
"""

from urllib.parse import unquote

from wiretape.cassettes.model import Headers

SESSION_HEADER = "x-wiretape-session"
SESSION_PREFIX = "/__session/"
"""What a path begins with where a client can set its base URL but no header:
`/__session/SESSION/NAME/...` is `/NAME/...` of that session."""

LONGEST_NAME = 256
"""Characters of a session's name: the id of a test fits."""


def session_of(target: str, headers: Headers) -> tuple[str, str]:
    """The session a request belongs to, "" for the default one, and the target without a prefix
    that says so. Raises ValueError, which says what is wrong with the name."""
    named = {value for name, value in headers if name.lower() == SESSION_HEADER}
    session = _text(named.pop().strip()) if named else ""
    if named:
        raise ValueError("the request has two X-Wiretape-Session headers that differ; send one")
    if target.startswith(SESSION_PREFIX):
        inside, target = _split(target.removeprefix(SESSION_PREFIX))
        if session and inside != session:
            raise ValueError("the session of the path is another than X-Wiretape-Session; say one")
        if not inside:
            raise ValueError(f"a session's path is {SESSION_PREFIX}NAME/ and then the usual one")
        session = inside
    if len(session) > LONGEST_NAME or not session.isprintable():
        raise ValueError(
            f"a session's name is 1 to {LONGEST_NAME} printable characters, got {len(session)}"
        )
    return session, target


def _split(rest: str) -> tuple[str, str]:
    """The name that the rest of a target begins with, and the target behind it."""
    path, mark, query = rest.partition("?")
    name, _, behind = path.partition("/")
    return unquote(_text(name)), f"/{behind}{mark}{query}"


def _text(value: str) -> str:
    """What came as bytes as the UTF-8 that it is as a rule."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value

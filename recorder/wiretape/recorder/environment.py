"""The environment variables that send the usual clients to the proxy. Pure data."""

from collections.abc import Container

from wiretape.cassettes.client_variables import client_variables
from wiretape.recorder.upstreams import BUILT_IN


def client_environment(url: str, upstreams: Container[str] = BUILT_IN) -> dict[str, str]:
    """Variable to value, for a proxy at `url` that knows `upstreams`.

    A variable whose upstream the proxy does not know is left out, so that the client goes on
    to its provider unrecorded and does not meet a refusal.
    """
    return client_variables(url, upstreams)

"""Framing: a response body taken apart into frames, without sockets, clocks or meaning."""

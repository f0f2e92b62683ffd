"""The version of the installed distribution."""

from importlib.metadata import PackageNotFoundError, version


def tool_version() -> str:
    """Such as `0.1.0`; `unknown` where wiretape runs from a checkout that is not installed."""
    try:
        return version("wiretape")
    except PackageNotFoundError:
        return "unknown"

"""For test suites. Nothing is public here yet."""

__all__: list[str] = []

"""One target under atheris: `python -m tests.fuzz.atheris_run TARGET [options of libFuzzer]`.

The rooms are imported under its eyes, so that it sees which branches an input takes.
"""

import importlib
import sys


def main() -> None:
    name, *options = sys.argv[1:]
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["wiretape"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""One folder for the cassettes of all tests: modules of the same name have their own."""

import pytest

from tests.testing.projects import HEAD, run
from tests.testing.projects import project as project
from tests.testing.tapes import recording, write_tape

pytest_plugins = ["pytester"]


def test_modules_of_one_name_in_different_folders(project: pytest.Pytester) -> None:
    project.makepyprojecttoml('[tool.wiretape]\ncassettes = "tests/tapes"\n')
    for folder in ("tests/unit", "tests/live", "tests"):
        where = project.path / folder
        where.mkdir(parents=True, exist_ok=True)
        (where / "test_chat.py").write_text(
            f"{HEAD}\ndef test_one(wiretape):\n"
            f"    assert ask(os.environ[URL], 'where') == answers(['{folder}'])[0]\n"
        )
        tape = f"tests/tapes/{folder}/test_chat/test_one.tape.zst"
        write_tape(project.path / tape, recording("where", folder))
    run(project, "--import-mode=importlib").assert_outcomes(passed=3)

"""`replaying` and `recording` under `python -m unittest`, in all the ways it has for contexts:
recorded in the first run, and offline in the second."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests.offline import paths
from tests.testing.live import Live, live_provider

SUITE = """
    import asyncio
    import os
    import unittest
    from concurrent.futures import ThreadPoolExecutor

    from tests.testing.tapes import ask, answers
    from wiretape.testing import NotAsRecorded, recording

    LIVE = {"openai": os.environ["LIVE"]}

    def tape(name, **more):
        return recording(f"{name}.tape.zst", upstreams=LIVE, **more)

    def asked():
        return ask(os.environ["OPENAI_BASE_URL"])

    class Plain(unittest.TestCase):
        def test_with(self):
            with tape("with") as view:
                self.assertEqual([asked()], answers(["live hi"]))
                self.assertEqual(len(view.requests), 1)

        @tape("decorated")
        def test_decorated(self):
            self.assertEqual([asked()], answers(["live hi"]))

        def test_in_threads(self):
            def one(number):
                with tape(f"thread{number}", environment=False) as view:
                    return ask(view.base_url("openai"), str(number))

            with ThreadPoolExecutor(4) as pool:
                said = list(pool.map(one, range(8)))
            self.assertEqual(said, answers(f"live {number}" for number in range(8)))

        def test_one_tape_for_threads(self):
            with tape("shared") as view, ThreadPoolExecutor(4) as pool:
                said = list(pool.map(lambda _: asked(), range(4)))
            self.assertEqual(said, answers(["live hi"] * 4))

        def test_what_is_not_there(self):
            with tape("with") as view:
                asked()
            with self.assertRaisesRegex(NotAsRecorded, "1 request has no recording"):
                with tape("with"):
                    try:
                        ask(os.environ["OPENAI_BASE_URL"], "other")
                    except OSError:
                        pass

    class SetUp(unittest.TestCase):
        def setUp(self):
            self.view = self.enterContext(tape("setup"))

        def test_one(self):
            self.assertEqual([ask(self.view.base_url("openai"))], answers(["live hi"]))

    class OfTheClass(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.enterClassContext(tape("class"))

        def test_one(self):
            asked()

        def test_two(self):
            asked()

    class Asynchronous(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            self.view = await self.enterAsyncContext(tape("async"))

        async def test_one(self):
            said = await asyncio.gather(*(asyncio.to_thread(asked) for _ in range(2)))
            self.assertEqual(said, answers(["live hi"] * 2))

    class AsyncWith(unittest.IsolatedAsyncioTestCase):
        async def test_one(self):
            async with tape("async_with") as view:
                await asyncio.to_thread(asked)
            self.assertEqual(len(view.requests), 1)

        @tape("async_decorated")
        async def test_decorated(self):
            await asyncio.to_thread(asked)
"""


def run(folder: Path, live: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-v", "suite"],
        cwd=folder, env={**paths(), "LIVE": live, "OPENAI_API_KEY": "any"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stderr


def test_recorded_and_then_offline(tmp_path: Path) -> None:
    (tmp_path / "suite.py").write_text(dedent(SUITE))
    with live_provider() as url:
        # In mode `once` the second `with` of a tape replays it, whatever the order of the tests.
        said = run(tmp_path, url)
        assert said.endswith("\nOK\n"), said
        asked = len(Live.asked)
    said = run(tmp_path, "http://127.0.0.1:9")
    assert said.endswith("\nOK\n"), said
    assert asked >= 20

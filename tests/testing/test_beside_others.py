"""The plugin beside other plugins, the real ones: those that run coroutines, xdist and
pytest-recording; and around what they start."""

from pathlib import Path

import pytest

from tests.testing.live import Live, live_provider
from tests.testing.projects import project as project
from tests.testing.projects import run, test_file
from tests.testing.tapes import recording, write_tape

pytest_plugins = ["pytester"]

ASKS = """
    import aiohttp

    async def asks(path="/responses"):
        body = {"model": "m", "input": "hi"}
        async with aiohttp.ClientSession() as session:
            async with session.post(os.environ[URL] + path, json=body) as answer:
                return await answer.text()
"""


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(project: pytest.Pytester, mode: str) -> None:
    text = """
    import pytest_asyncio

    @pytest_asyncio.fixture
    async def base_url():  # what a client made by a fixture reads
        return os.environ[URL]

    MARK
    async def test_one(base_url, wiretape):
        assert base_url == wiretape.base_url("openai")
        assert [await asks()] == answers(["hello"])
        assert len(wiretape.requests) == 1

    MARK
    @pytest.mark.wiretape("test_one")
    async def test_at_once():
        assert await asyncio.gather(asks(), asks()) == answers(["hello", "hello"])

    MARK
    async def test_swallowed(wiretape):
        await asks()
        await asks("/other")
    """
    mark = "@pytest.mark.asyncio" if mode == "strict" else ""
    test_file(project, ASKS + text.replace("MARK", mark), "test_one", "test_swallowed")
    result = run(project, "-o", f"asyncio_mode={mode}")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*POST /v1/other of openai: the nearest is recording 1*"])


def test_anyio(project: pytest.Pytester) -> None:
    text = """
    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.fixture
    async def base_url(anyio_backend):
        return os.environ[URL]

    @pytest.mark.anyio
    async def test_one(base_url, wiretape, anyio_backend_name):
        assert base_url == wiretape.base_url("openai")
        assert [await asks()] == answers(["hello"])

    @pytest.mark.anyio
    async def test_unplayed(wiretape):
        pass
    """
    test_file(project, ASKS + text, "test_one", "test_unplayed")
    result = run(project)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["wiretape: 1 recording was never asked for:"])


def test_pytest_aiohttp(project: pytest.Pytester) -> None:
    """The code under test is a server of its own, on the loop of the test."""
    text = """
    from aiohttp import web

    async def test_one(wiretape, aiohttp_client):
        async def page(_):
            return web.Response(text=await asks())

        app = web.Application()
        app.router.add_get("/", page)
        client = await aiohttp_client(app)
        assert [await (await client.get("/")).text()] == answers(["hello"])
    """
    test_file(project, ASKS + text, "test_one")
    run(project, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_tests_of_unittest(project: pytest.Pytester) -> None:
    text = """
    import unittest

    @pytest.mark.usefixtures("wiretape")
    class Case(unittest.TestCase):
        def test_one(self):
            ask(os.environ[URL])

        def test_two(self):
            pass

        def test_raises(self):
            ask(os.environ[URL], "who")

    @pytest.mark.wiretape("greeting")
    class Async(unittest.IsolatedAsyncioTestCase):
        async def test_three(self):
            assert [await asks()] == answers(["hello"])
    """
    test_file(
        project, ASKS + text, "Case.test_one", "Case.test_two", "Case.test_raises", "greeting"
    )
    result = run(project)
    result.assert_outcomes(passed=3, failed=1, errors=1)
    result.stdout.fnmatch_lines(["wiretape: 1 recording was never asked for:"])
    result.stdout.fnmatch_lines(["*HTTP Error 503*", "wiretape: 1 request has no recording:"])


def test_what_a_test_starts(project: pytest.Pytester) -> None:
    """Subprocesses and threads of the code under test find the tape, and are judged with it."""
    text = """
    import multiprocessing, subprocess, sys, threading

    PROGRAM = (
        "import os; from tests.testing.tapes import ask;"
        "print(ask(os.environ['OPENAI_BASE_URL'], *__import__('sys').argv[1:]))"
    )

    def starts(*question):
        return subprocess.check_output([sys.executable, "-c", PROGRAM, *question], text=True)

    def test_a_subprocess(wiretape):
        assert starts() == answers(["hello"])[0] + "\\n"

    def test_one_that_swallows(wiretape):
        ask(os.environ[URL])
        subprocess.run([sys.executable, "-c", PROGRAM, "other"], stderr=subprocess.DEVNULL)

    def child():
        ask(os.environ[URL])

    def test_a_process_of_multiprocessing(wiretape):
        process = multiprocessing.get_context("spawn").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0

    def test_threads(wiretape):
        threads = [threading.Thread(target=child) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(wiretape.requests) == 8
    """
    names = ("a_subprocess", "one_that_swallows", "a_process_of_multiprocessing", "threads")
    test_file(project, text, *(f"test_{name}" for name in names))
    result = run(project)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["wiretape: 1 request has no recording:"])


def test_under_xdist_each_worker_has_its_server(project: pytest.Pytester) -> None:
    text = """
    @pytest.mark.parametrize("number", range(12))
    def test_one(wiretape, number):
        assert [ask(os.environ[URL])] == answers([f"hello {number}"])
    """
    test_file(project, text)
    for number in range(12):
        write_tape(
            project.path / f"cassettes/test_it/test_one[{number}].tape.zst",
            recording(answer=f"hello {number}"),
        )
    result = project.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2")
    result.assert_outcomes(passed=12)


# pytest-recording


ITS_CASSETTE = """\
interactions:
- request:
    body: null
    headers: {}
    method: GET
    uri: http://weather.example/
  response:
    body: {string: sunny}
    headers: {}
    status: {code: 200, message: OK}
version: 1
"""

BOTH = """
    import urllib.request

    @pytest.fixture(scope="module")
    def vcr_config():
        return {"ignore_localhost": True}

    @pytest.mark.vcr
    def test_one(wiretape):
        with urllib.request.urlopen("http://weather.example/") as answer:
            assert answer.read() == b"sunny"
        assert [ask(os.environ[URL])] == answers(["hello"])

    def test_two(wiretape):
        assert [ask(os.environ[URL])] == answers(["hello"])
"""


def other_cassette(project: pytest.Pytester) -> None:
    """Where pytest-recording looks for it: beside ours."""
    path = project.path / "cassettes/test_it/test_one.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ITS_CASSETTE)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--record-mode=none", "--block-network", "--allowed-hosts=127.0.0.1"),
        ("--record-mode=once", "--wiretape-mode=once"),
        ("--wiretape-block-network",),
    ],
    ids=" ".join,
)
def test_beside_pytest_recording(project: pytest.Pytester, options: tuple[str, ...]) -> None:
    """What the one plays is nothing to the other, in one test too."""
    test_file(project, BOTH, "test_one", "test_two")
    other_cassette(project)
    project.runpytest_subprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=2)


def test_its_block_is_of_this_machine_too(project: pytest.Pytester) -> None:
    test_file(project, BOTH, "test_one", "test_two")
    other_cassette(project)
    result = project.runpytest_subprocess("-p", "no:cacheprovider", "--block-network")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*RuntimeError: Network is disabled*"])


def test_both_record(project: pytest.Pytester) -> None:
    """The provider's answer goes on our tape alone, streamed; what else is asked on theirs."""
    text = BOTH.replace("http://weather.example/", "http://localhost:PORT/").replace(
        '"ignore_localhost": True', '"ignore_hosts": ["127.0.0.1"]'
    )
    with live_provider() as url:
        test_file(project, text.replace("PORT", url.rpartition(":")[2]).replace("hello", "live hi"))
        project.makepyprojecttoml(f'[tool.wiretape]\nupstreams = ["openai={url}"]\n')
        options = ("-p", "no:cacheprovider", "--record-mode=once", "--wiretape-mode=once")
        project.runpytest_subprocess(*options).assert_outcomes(passed=2)
        assert Live.asked == ["hi", "hi"]
    folder = Path(project.path, "cassettes/test_it")
    assert sorted(path.name for path in folder.iterdir()) == [
        "test_one.tape.zst", "test_one.yaml", "test_two.tape.zst",
    ]  # fmt: skip
    assert "live hi" not in (folder / "test_one.yaml").read_text()
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)

"""Whole cassettes, real files: pairing, labels, folders."""

from contextlib import ExitStack
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tests.cassettes.diff.streams import Said, chat
from tests.interactions import make_request
from wiretape.cassettes import Cassette, Chunk, Ending, Interaction, Session, append
from wiretape.cassettes.diff.comparison import Comparison
from wiretape.cassettes.diff.pairing import PairBy
from wiretape.cassettes.diff.passing import compare_tapes


def asking(prompt: str, said: str, upstream: str = "one", model: str = "m") -> Interaction:
    """An interaction: what was asked, what was answered."""
    body = msgspec.json.encode({"model": model, "messages": [{"role": "user", "content": prompt}]})
    request = make_request(target="/v1/chat/completions", body=body)
    answered = chat(Said(said))
    notes = replace(answered.notes, model_asked=model)
    timeline = replace(answered.timeline, sent=(Chunk(0, len(body)),))
    return replace(answered, request=request, upstream=upstream, notes=notes, timeline=timeline)


def tape(path: Path, *interactions: Interaction) -> Path:
    append(path, Session(1, "2026-01-01T00:00:00Z", "test"), interactions)
    return path


def comparisons(*sides: list[Path], by: PairBy = "prompt") -> list[Comparison]:
    with ExitStack() as stack:
        opened = [[stack.enter_context(Cassette.open(path)) for path in side] for side in sides]
        return list(compare_tapes(opened, by))


def test_two_cassettes_in_another_order(tmp_path: Path) -> None:
    a = tape(tmp_path / "a.tape.zst", asking("x", "1"), asking("y", "2"), asking("only", "3"))
    b = tape(
        tmp_path / "b.tape.zst",
        asking("y", "2", "two"),
        asking("x", "one", "two"),
        asking("z", "4", "two"),
    )
    found = comparisons([a], [b])
    assert [(one.prompt, one.same) for one in found] == [
        ("x", False),
        ("y", True),
        ("only", False),
        ("z", False),
    ]
    assert found[0].labels == ("one", "two")
    assert [one.verdict for one in found[2:]] == ["only on one", "only on two"]


def test_a_cassette_against_itself(tmp_path: Path) -> None:
    path = tape(tmp_path / "a.tape.zst", *(asking("x", word) for word in ("1", "2", "1")))
    found = comparisons([path], [path])
    assert [one.differences for one in found] == [((),)] * 3
    assert found[0].labels == ("a", "a (2)")


def test_labels_by_model_and_by_file(tmp_path: Path) -> None:
    a = tape(tmp_path / "a.tape.zst", asking("x", "1", model="small"))
    b = tape(tmp_path / "b.tape.zst", asking("x", "1", model="large"))
    assert comparisons([a], [b])[0].labels == ("one small", "one large")
    c = tape(tmp_path / "c.tape.zst", asking("x", "1", model="small"))
    assert comparisons([a], [c])[0].labels == ("a", "c")


def test_folders_of_cassettes_by_name(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        (tmp_path / folder / "test_x").mkdir(parents=True)
    old = [
        tape(tmp_path / "old" / "test_x" / "one.tape.zst", asking("x", "1")),
        tape(tmp_path / "old" / "test_x" / "two.tape.zst", asking("x", "2")),
    ]
    new = [
        tape(tmp_path / "new" / "test_x" / "two.tape.zst", asking("changed", "2")),
        tape(tmp_path / "new" / "test_x" / "one.tape.zst", asking("x", "1")),
    ]
    found = comparisons(old, new, by="name")
    assert [one.same for one in found] == [True, True]
    assert found[1].labels == ("old", "new")
    assert found[1].remarks == ("old and new were not asked the same: the turns differ",)


def test_empty_cassettes(tmp_path: Path) -> None:
    a, b = tape(tmp_path / "a.tape.zst"), tape(tmp_path / "b.tape.zst")
    assert comparisons([a], [b]) == []


def test_without_findings(tmp_path: Path) -> None:
    plain = asking("x", "1")
    assert plain.response is not None
    undone = plain.response.body.replace(b"data: [DONE]\n\n", b"")
    chunks = (Chunk(1, len(undone)),)
    timeline = replace(plain.timeline, received=chunks, ending=Ending("complete", 1, len(undone)))
    other = replace(plain, response=replace(plain.response, body=undone), timeline=timeline)
    a, b = tape(tmp_path / "a.tape.zst", plain), tape(tmp_path / "b.tape.zst", other)
    with Cassette.open(a) as one, Cassette.open(b) as two:
        for checked in (True, False):
            (found,) = compare_tapes([[one], [two]], checked=checked)
            aspects = {difference.aspect for difference in found.differences[0]}
            assert ("findings" in aspects) is checked

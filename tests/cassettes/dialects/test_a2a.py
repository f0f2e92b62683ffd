"""A2A: what an agent streams, of version 1.0 and before, over JSON-RPC and plain HTTP."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given

from tests.dialect_reading import (
    answer,
    garbled,
    never_raises,
    read,
    said,
    sse,
    whole_answer,
)
from wiretape.cassettes.dialects.a2a import A2ADialect
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Delta,
    End,
    Error,
    Finish,
    Media,
    Meta,
    PartEnd,
    Start,
    Text,
    Unknown,
)

Json = Any


def rpc(result: Json) -> Json:
    return {"jsonrpc": "2.0", "id": "1", "result": result}


def task(state: str, *artifacts: Json) -> Json:
    return {
        "task": {
            "id": "t1",
            "contextId": "c1",
            "status": {"state": state},
            "artifacts": list(artifacts),
            "history": [{"messageId": "u", "role": "ROLE_USER", "parts": [{"text": "Hi"}]}],
        }
    }


def status(state: str, said: str = "") -> Json:
    told: Json = {"state": state, "timestamp": "2026-01-01T00:00:00Z"}
    if said:
        told["message"] = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": said}]}
    return {"statusUpdate": {"taskId": "t1", "contextId": "c1", "status": told}}


def artifact(*parts: Json, append: bool = False, last: bool = False, own: str = "a1") -> Json:
    return {
        "artifactUpdate": {
            "taskId": "t1",
            "contextId": "c1",
            "artifact": {"artifactId": own, "name": "report", "parts": list(parts)},
            "append": append,
            "lastChunk": last,
        }
    }


def deltas(*events: Json) -> list[Delta]:
    return read(A2ADialect(), sse(*events))


def of(kind: type[Delta], found: list[Delta]) -> list[Any]:
    return [delta for delta in found if type(delta) is kind]


STREAM = (
    task("TASK_STATE_SUBMITTED"),
    status("TASK_STATE_WORKING", "On it."),
    artifact({"text": "Hel"}),
    artifact({"text": "lo"}, append=True, last=True),
    status("TASK_STATE_COMPLETED"),
)


@pytest.mark.parametrize("wrap", [rpc, lambda event: event], ids=["json-rpc", "http"])
def test_a_task_from_submitted_to_completed(wrap: Any) -> None:
    found = deltas(*map(wrap, STREAM))
    told = answer_of(found)
    assert told.id == "t1"
    assert [(part.text, part.channel) for part in told.choices[0].texts] == [
        ("On it.", "commentary"),
        ("Hello", "final"),
    ]
    assert [meta.value for meta in of(Meta, found)] == ["submitted", "working", "completed"]
    (finish,), (end,) = of(Finish, found), of(End, found)
    assert (finish.reason, finish.raw_reason) == ("stop", "TASK_STATE_COMPLETED")
    assert (end.via, end.clean) == ("terminal_event", True)
    assert len(of(PartEnd, found)) == 1
    assert not of(Unknown, found)


def test_a_stream_that_stops_before_a_terminal_state_is_not_clean() -> None:
    (end,) = of(End, deltas(*STREAM[:3]))
    assert (end.via, end.clean) == ("eof", False)


@pytest.mark.parametrize(
    ("state", "reason", "via"),
    [
        ("TASK_STATE_FAILED", "error", "terminal_event"),
        ("TASK_STATE_CANCELED", "cancelled", "terminal_event"),
        ("TASK_STATE_REJECTED", "refusal", "terminal_event"),
        ("TASK_STATE_INPUT_REQUIRED", "pause", "eof"),
        ("auth-required", "pause", "eof"),
        ("completed", "stop", "terminal_event"),
    ],
)
def test_each_state_that_ends(state: str, reason: str, via: str) -> None:
    found = deltas(status(state, "why"))
    (finish,), (end,), (text,) = of(Finish, found), of(End, found), of(Text, found)
    assert (finish.reason, finish.raw_reason, text.channel) == (reason, state, "final")
    assert (end.via, end.clean) == (via, True)


def test_before_1_0_a_kind_tells_what_it_is() -> None:
    found = deltas(
        rpc({"kind": "task", "id": "t", "contextId": "c", "status": {"state": "submitted"}}),
        rpc(
            {
                "kind": "artifact-update",
                "taskId": "t",
                "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "Hi"}]},
            }
        ),
        rpc(
            {
                "kind": "status-update",
                "taskId": "t",
                "status": {"state": "input-required"},
                "final": True,
            }
        ),
    )
    assert answer_of(found).text == "Hi"
    assert of(Finish, found)[0].reason == "pause"
    assert of(End, found)[0].via == "terminal_event"
    assert not of(Unknown, found)


def test_a_message_is_all_there_is() -> None:
    said_so = {"messageId": "m1", "role": "ROLE_AGENT", "parts": [{"text": "Hi"}, {"text": "!"}]}
    found = deltas({"message": said_so})
    assert (answer_of(found).id, answer_of(found).text) == ("m1", "Hi!")
    assert of(Finish, found)[0].reason == "stop"
    assert of(End, found)[0].via == "terminal_event"


def test_parts_that_are_no_text() -> None:
    raw = base64.b64encode(b"PNG").decode()
    found = deltas(
        artifact(
            {"raw": raw, "mediaType": "image/png", "filename": "a.png"},
            {"url": "https://a/b.pdf", "mediaType": "application/pdf"},
            {"data": {"n": 1}},
            {"kind": "file", "file": {"bytes": raw, "mimeType": "image/png", "name": "a"}},
        )
    )
    media = of(Media, found)
    assert [one.modality for one in media] == ["image", "document", "image"]
    assert media[0].sha256 == media[2].sha256 == hashlib.sha256(b"PNG").hexdigest()
    assert [(one.what, one.value) for one in of(Meta, found)] == [("data", {"n": 1})]


def test_artifacts_interleave() -> None:
    found = answer(
        A2ADialect(),
        sse(
            artifact({"text": "a"}, own="x"),
            artifact({"text": "1"}, own="y"),
            artifact({"text": "b"}, own="x", append=True),
        ),
    )
    assert [part.text for part in found.choices[0].texts] == ["ab", "1"]


def test_an_artifact_sent_anew_replaces_itself() -> None:
    found = deltas(artifact({"text": "draft"}), artifact({"text": "final"}))
    assert of(Meta, found)[0].what == "snapshot_mismatch"
    assert answer_of(found).text == "final"
    assert not of(Meta, deltas(artifact({"text": "same"}), artifact({"text": "same"})))


def test_an_artifact_that_only_the_last_task_has_is_synthetic() -> None:
    end = task("TASK_STATE_COMPLETED", {"artifactId": "a1", "parts": [{"text": "Hi"}]})
    (text,) = of(Text, deltas(status("TASK_STATE_WORKING"), end))
    assert (text.delta, text.synthetic) == ("Hi", True)


def test_an_artifact_that_the_first_task_has_is_not() -> None:
    (text,) = of(Text, deltas(task("submitted", {"artifactId": "a1", "parts": [{"text": "Hi"}]})))
    assert not text.synthetic


def test_a_state_told_twice_finishes_once() -> None:
    assert len(of(Finish, deltas(status("input-required"), status("input-required")))) == 1


def test_a_whole_task_says_the_same() -> None:
    whole = task(
        "TASK_STATE_COMPLETED", {"artifactId": "a1", "parts": [{"text": "Hel"}, {"text": "lo"}]}
    )
    streamed = [event for event in STREAM if "On it." not in str(event)]
    assert said(whole_answer(A2ADialect(), rpc(whole))) == said(
        answer(A2ADialect(), sse(*streamed))
    )
    assert whole_answer(A2ADialect(), whole["task"]).text == "Hello"


def test_an_error_ends_the_stream() -> None:
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "message": "no such task"}}
    found = deltas(error)
    (told,), (end,) = of(Error, found), of(End, found)
    assert (told.code, told.message, end.via) == ("-32001", "no such task", "terminal_event")


def test_what_the_user_said_is_not_told_again() -> None:
    asked = {"role": "user", "kind": "message", "messageId": "m", "parts": [{"text": "Hi"}]}
    assert not of(Text, deltas(asked))


def test_what_is_not_known_is_kept_with_its_path() -> None:
    odd = status("TASK_STATE_WORKING")
    odd["statusUpdate"]["new"] = 1
    found = of(Unknown, deltas(odd, {"future": 1}, artifact({"text": "a", "odd": 1}, 5), 7))
    assert [one.path for one in found] == [
        "$.statusUpdate.new",
        "$.future",
        "$.artifactUpdate.parts[0].odd",
        "$.artifactUpdate.parts[1]",
        "$",
    ]


def test_the_start_has_the_task() -> None:
    assert [one.id for one in of(Start, deltas(status("TASK_STATE_WORKING"), *STREAM))] == ["t1"]


@given(
    garbled(
        [
            *STREAM,
            rpc(STREAM[3]),
            task("TASK_STATE_COMPLETED", {"artifactId": "a1", "parts": [{"raw": "UE5H"}]}),
            {"message": {"role": "agent", "parts": [{"data": 1}]}},
            {"kind": "task", "id": "t", "status": {"state": "working"}},
        ]
    )
)
def test_never_raises(body: bytes) -> None:
    never_raises(A2ADialect, body)

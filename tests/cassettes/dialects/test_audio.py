"""Speech and transcription: events, JSON, and bare bodies."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    frame,
    meaning,
    only,
    read,
    read_whole,
    sse,
    unknown_paths,
)
from wiretape.cassettes.dialects.answer import TextPart
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.audio import SpeechDialect, TranscriptionDialect
from wiretape.cassettes.dialects.delta import Delta, End, Error, Media, Meta, Transcript, Usage

Json = Any

USAGE = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
MP3 = b"ID3\x04sound"


def sound(data: bytes, key: str = "audio") -> Json:
    return {"type": "speech.audio.delta", key: base64.b64encode(data).decode()}


@pytest.mark.parametrize("key", ["audio", "audio_data"])
def test_speech_in_pieces(key: str) -> None:
    done = {"type": "speech.audio.done", "usage": USAGE}
    deltas = read(SpeechDialect(), sse(sound(MP3[:4], key), sound(MP3[4:], key), done))
    assert [(one.size, one.final) for one in only(Media, deltas)] == [
        (4, False),
        (len(MP3) - 4, False),
        (len(MP3), True),
    ]
    said = answer_of(deltas)
    (media,) = said.choices[0].media
    assert (media.mime, media.sha256) == ("audio/mpeg", hashlib.sha256(MP3).hexdigest())
    assert said.usage is not None
    assert said.usage.output == 4
    assert only(End, deltas) == [End(3, 3000, via="terminal_event")]


def test_speech_as_bytes_says_the_same() -> None:
    streamed = read(SpeechDialect(), sse(sound(MP3), {"type": "speech.audio.done"}))
    assert meaning(SpeechDialect().read_whole(MP3, 1)) == meaning(streamed)
    json = read_whole(SpeechDialect(), {"audio_data": base64.b64encode(MP3).decode()})
    assert meaning(json) == meaning(streamed)


def test_half_a_speech_is_not_clean() -> None:
    deltas = read(SpeechDialect(), sse(sound(MP3)))
    assert [one.final for one in only(Media, deltas)] == [False, True]
    assert [(one.via, one.clean) for one in only(End, deltas)] == [("eof", False)]


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"RIFF....", "audio/wav"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"\x00\x01", ""),
    ],
)
def test_what_sound_it_is(head: bytes, mime: str) -> None:
    (media,) = only(Media, list(SpeechDialect().read_whole(head, 1)))
    assert media.mime == mime


def test_no_speech_but_an_error() -> None:
    deltas = read_whole(SpeechDialect(), {"error": {"message": "m"}})
    assert [one.message for one in only(Error, deltas)] == ["m"]
    assert only(Media, deltas) == []


def test_an_empty_body_is_no_speech() -> None:
    assert [type(one) for one in SpeechDialect().read_whole(b"", 1)] == [End]


def done(text: str, **more: Json) -> Json:
    return {"type": "transcript.text.done", "text": text, **more}


def piece(text: str, **more: Json) -> Json:
    return {"type": "transcript.text.delta", "delta": text, **more}


def segment(text: str, **more: Json) -> Json:
    place = {"speaker": "A", "start": 0.0, "end": 1.5, "id": "seg_0"}
    return {"type": "transcript.text.segment", "text": text, **place, **more}


def told(*events: Json) -> list[Delta]:
    return read(TranscriptionDialect(), [*sse(*events), frame(99, b"[DONE]")])


def spoken(deltas: list[Delta]) -> tuple[TextPart, ...]:
    return answer_of(deltas).choices[0].transcripts


def test_a_transcript_in_pieces() -> None:
    deltas = told(piece("He"), piece("y", logprobs=[]), done("Hey", usage=USAGE))
    assert spoken(deltas) == (TextPart("transcript", "Hey"),)
    assert [one.delta for one in only(Transcript, deltas)] == ["He", "y"]
    assert only(Usage, deltas)[0].total == 7
    assert len(only(End, deltas)) == 1
    assert unknown_paths(deltas) == []


def test_segments_are_the_text_where_there_are_no_pieces() -> None:
    deltas = told(segment(" Hey"), segment(" you"), done("Hey you"))
    assert spoken(deltas)[0].text == "Hey you"
    assert [one.what for one in only(Meta, deltas)] == ["segment", "segment"]
    both = told(piece("Hey", segment_id="seg_0"), segment(" Hey"), done("Hey"))
    assert [one.delta for one in only(Transcript, both)] == ["Hey"]


def test_a_transcript_that_comes_at_the_end_alone() -> None:
    deltas = told(done("Hey"))
    assert [(one.delta, one.synthetic) for one in only(Transcript, deltas)] == [("Hey", True)]


def test_an_end_that_contradicts_wins() -> None:
    deltas = told(piece("Hay"), done("Hey"))
    assert spoken(deltas)[0].text == "Hey"
    assert [one.what for one in only(Meta, deltas)] == ["snapshot_mismatch"]


def test_mistrals_events() -> None:
    deltas = told(
        {"type": "transcription.language", "audio_language": "en"},
        {"type": "transcription.text.delta", "text": "Hey"},
        {"type": "transcription.segment", "text": "Hey", "start": 0, "end": 1, "speaker_id": None},
        {
            "type": "transcription.done",
            "model": "voxtral",
            "text": "Hey",
            "language": "en",
            "segments": [],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        },
    )
    assert spoken(deltas)[0].text == "Hey"
    assert ("language", "en") in [(one.what, one.value) for one in only(Meta, deltas)]
    assert only(Usage, deltas)[0].input == 1
    assert unknown_paths(deltas) == []


def test_whole_answers_say_the_same() -> None:
    streamed = told(piece("Hey"), done("Hey", usage=USAGE))
    whole = read_whole(TranscriptionDialect(), {"text": "Hey", "usage": USAGE})
    assert meaning(whole) == meaning(streamed)
    verbose = read_whole(
        TranscriptionDialect(),
        {
            "task": "transcribe",
            "text": "Hey",
            "language": "english",
            "duration": 1.5,
            "segments": [{"id": 0, "text": " Hey"}],
            "words": [],
            "usage": {"type": "duration", "seconds": 2},
        },
    )
    assert spoken(verbose)[0].text == "Hey"
    assert {one.what for one in only(Meta, verbose)} == {
        "segment",
        "language",
        "duration",
        "usage",
    }
    plain = list(TranscriptionDialect().read_whole(b"1\n00:00 --> 00:01\nHey\n", 1))
    assert spoken(plain)[0].text == "1\n00:00 --> 00:01\nHey\n"


def test_errors_and_the_unknown() -> None:
    deltas = told({"error": {"message": "m"}}, {"type": "transcript.new"}, {**piece("a"), "new": 1})
    assert [one.message for one in only(Error, deltas)] == ["m"]
    assert unknown_paths(deltas) == ["$", "$.new"]


EVENTS = [
    sound(b"abc"),
    {"type": "speech.audio.done", "usage": USAGE},
    piece("a"),
    segment("a"),
    done("a", usage=USAGE, languages=[{"code": "en"}]),
    {"text": "a", "segments": [{}], "duration": 1},
    {"error": "m"},
]


@settings(max_examples=150, deadline=None)
@given(broken_frames(EVENTS, ["", "error", "done"]), st.sampled_from(["speech", "transcription"]))
def test_nothing_that_a_frame_can_hold_is_an_exception(frames: Json, which: str) -> None:
    dialect = SpeechDialect if which == "speech" else TranscriptionDialect
    assert len(only(End, read(dialect(), frames))) == 1
    for one in frames:
        assert isinstance(dialect().read_whole(one.data, 1)[-1], End)

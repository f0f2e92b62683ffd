from wiretape.cli.views.body import body_text
from wiretape.cli.views.hexdump import hexdump


def test_json_is_laid_out_where_asked() -> None:
    assert body_text(b'{"a":[1]}', (), pretty=True) == '{\n  "a": [\n    1\n  ]\n}'
    assert body_text(b'{"a":[1]}', (), pretty=False) == '{"a":[1]}'


def test_what_is_no_json_stays_as_it_is() -> None:
    for body in (b"data: {}\n\n", b'{"torn":', b"[1,"):
        assert body_text(body, (), pretty=True) == body.decode()


def test_binary_is_a_short_hexdump_with_its_size() -> None:
    headers = (("Content-Encoding", "gzip"),)
    assert body_text(b"\x1f\x8b\x00", headers, pretty=True) == (
        "binary, 3 B, content coding gzip\n"
        "00000000  1f 8b 00                                          ..."
    )


def test_hexdump_says_what_it_left_out() -> None:
    lines = hexdump(bytes(range(60, 60 + 40)), shown=20)
    assert lines == [
        "00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
        "00000010  4c 4d 4e 4f                                       LMNO",
        "... 20 bytes more",
    ]


def test_a_stream_cut_inside_a_character_is_text() -> None:
    assert body_text("data: é".encode()[:-1], (), pretty=False) == "data: \ufffd"

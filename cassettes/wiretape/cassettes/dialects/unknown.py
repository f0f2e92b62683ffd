"""The dialect of an API that nobody told us of: everything is kept, nothing is understood."""

from collections.abc import Sequence

from wiretape.cassettes.dialects.delta import Delta, End, Keepalive, Unknown
from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_error, decode_json
from wiretape.cassettes.framing.frame import Frame


class UnknownDialect:
    """Reads what has no dialect."""

    decode: Decode = staticmethod(decode_json)

    def read(self, frame: Frame) -> Sequence[Delta]:
        if frame.kind == "data":
            value = self.decode(frame.data)
            if isinstance(value, NotJson):
                return (decode_error(frame.number, frame.last_ns, value, frame.data),)
            return (Unknown(frame.number, frame.last_ns, frame.name, value=value),)
        if frame.kind == "comment":
            return (Keepalive(frame.number, frame.last_ns, form="comment"),)
        return (Keepalive(frame.number, frame.last_ns, form="blank"),)

    def read_whole(self, body: bytes, at_ns: int) -> Sequence[Delta]:
        value = self.decode(body)
        if isinstance(value, NotJson):
            return (decode_error(0, at_ns, value, body),)
        return (Unknown(0, at_ns, value=value),)

    def finish(self, at_ns: int) -> Sequence[Delta]:
        return (End(0, at_ns, via="eof"),)

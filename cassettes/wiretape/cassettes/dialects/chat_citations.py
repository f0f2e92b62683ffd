"""Citations and sources, as Chat Completions servers give them.

Knows OpenAI's annotations and the lists of sources that others repeat in every chunk; no state
but what has been told.
"""

from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.delta import Citation, Json
from wiretape.cassettes.dialects.payload import count_of, list_of, object_of, text_of


def tell_annotations(told: Told, value: Json, path: str, part: str, choice: int) -> None:
    """`annotations` of a message, a delta or a text: `url_citation`, `file_citation` and others."""
    for position, item in enumerate(list_of(value)):
        kind = text_of(item.get("type")) if isinstance(item, dict) else ""
        if not kind:
            told.unknown(f"{path}[{position}]", item, choice=choice)
            continue
        inner = object_of(item.get(kind)) or item
        told.deltas.append(
            Citation(
                told.frame,
                told.at_ns,
                "annotations",
                part,
                choice,
                ctype=kind,
                url=text_of(inner.get("url")),
                title=text_of(inner.get("title")) or text_of(inner.get("filename")),
                file_id=text_of(inner.get("file_id")),
                start=_bound(inner, item, "start_index"),
                end=_bound(inner, item, "end_index"),
                unit="char",
                quoted=text_of(inner.get("quote")) or text_of(inner.get("content")),
            )
        )


def _bound(inner: dict[str, Json], item: dict[str, Json], key: str) -> int | None:
    found = count_of(inner.get(key))
    return count_of(item.get(key)) if found is None else found


class Sources:
    """Sources of the whole answer; Perplexity repeats them in every chunk, xAI has them in the
    last: each is told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._last: tuple[Json, Json] = (None, None)

    def read(self, told: Told, citations: Json, results: Json) -> None:
        """`citations` (addresses, or objects with one) in their order, with what
        `search_results` (or z.ai's `web_search`) know of them; then the results not cited."""
        if (citations, results) == self._last:
            return
        self._last = (citations, results)
        known = {_address(item): item for item in list_of(results) if isinstance(item, dict)}
        for item in list_of(citations):
            address = item if isinstance(item, str) else _address(object_of(item))
            of_itself = item if isinstance(item, dict) else {}
            self._tell(told, "citations", address, known.get(address, of_itself))
        for address, item in known.items():
            self._tell(told, "search_results", address, item)

    def _tell(self, told: Told, kind: str, address: str, item: dict[str, Json]) -> None:
        if not address or address in self._told:
            return
        self._told.add(address)
        told.deltas.append(
            Citation(
                told.frame,
                told.at_ns,
                kind,
                ctype="citation" if kind == "citations" else "search_result",
                url=address,
                title=text_of(item.get("title")),
                quoted=text_of(item.get("snippet")) or text_of(item.get("content")),
            )
        )


def _address(item: dict[str, Json]) -> str:
    return text_of(item.get("url")) or text_of(item.get("link"))

"""What a Gemini candidate says its text rests on.

`groundingMetadata` lists sources (`groundingChunks`) and which bytes of the text each supports;
`citationMetadata` lists passages that stand elsewhere too. Streams repeat both, growing: each
citation is told once.
"""

from collections.abc import Iterator

from wiretape.cassettes.dialects.delta import Citation, Json, Meta
from wiretape.cassettes.dialects.payload import count_of, list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading

_KINDS = ("web", "retrievedContext", "maps", "image")
"""Of a grounding chunk."""


class Sources:
    """The citations of one candidate so far."""

    def __init__(self) -> None:
        self._told: set[Json] = set()
        self._chunks: list[Json] = []
        self._supported: set[int] = set()
        self._searches: Json = None

    def grounding(self, reading: Reading, metadata: dict[str, Json]) -> None:
        """`groundingMetadata`: each source with the text it supports."""
        self._chunks = list_of(metadata.get("groundingChunks")) or self._chunks
        for support in list_of(metadata.get("groundingSupports")):
            for index in list_of(object_of(support).get("groundingChunkIndices")):
                if (place := count_of(index)) is not None and 0 <= place < len(self._chunks):
                    self._supported.add(place)
                    segment = object_of(object_of(support).get("segment"))
                    self._tell(reading, self._source(reading, self._chunks[place], segment))
        rest = {
            key: value
            for key, value in metadata.items()
            if key not in ("groundingChunks", "groundingSupports") and value
        }
        if rest and rest != self._searches:
            self._searches = rest
            reading.add(Meta(*reading.at("groundingMetadata"), what="grounding", value=rest))

    def citations(self, reading: Reading, metadata: dict[str, Json]) -> None:
        """`citationMetadata`: Vertex AI calls the list `citations`, the Gemini API
        `citationSources`, and only there the indexes are said to be bytes."""
        for key, unit in (("citations", ""), ("citationSources", "byte")):
            for citation in map(object_of, list_of(metadata.get(key))):
                self._tell(
                    reading,
                    Citation(
                        *reading.at("citationMetadata"),
                        ctype="citation",
                        url=text_of(citation.get("uri")),
                        title=text_of(citation.get("title")),
                        start=count_of(citation.get("startIndex")),
                        end=count_of(citation.get("endIndex")),
                        unit="byte" if unit else "",
                    ),
                )

    def rest(self, reading: Reading) -> None:
        """The sources that no part of the text was told to rest on."""
        for place, chunk in enumerate(self._chunks):
            if place not in self._supported:
                self._tell(reading, self._source(reading, chunk, {}))

    def _tell(self, reading: Reading, citation: Citation) -> None:
        same = (citation.ctype, citation.url, citation.title, citation.start, citation.end)
        if same not in self._told:
            self._told.add(same)
            reading.add(citation)

    def _source(self, reading: Reading, chunk: Json, segment: dict[str, Json]) -> Citation:
        kind, source = next(_sources(object_of(chunk)), ("other", {}))
        return Citation(
            *reading.at("groundingMetadata"),
            ctype=kind,
            url=text_of(source.get("uri")) or text_of(source.get("sourceUri")),
            title=text_of(source.get("title")),
            file_id=text_of(source.get("documentName")) or text_of(source.get("placeId")),
            # Left out where it is 0, as protobuf does.
            start=(count_of(segment.get("startIndex")) or 0) if segment else None,
            end=count_of(segment.get("endIndex")),
            unit="byte" if segment else "",
            quoted=text_of(segment.get("text")),
        )


def _sources(chunk: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    for kind in _KINDS:
        if isinstance(chunk.get(kind), dict):
            yield kind, chunk[kind]

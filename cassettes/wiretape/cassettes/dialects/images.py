"""Images made and edited, streamed with previews or whole.

Knows the four events of both endpoints and the JSON answer; tells sizes and digests of the images,
never their bytes.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.chat_errors import is_error
from wiretape.cassettes.dialects.chat_media import tell_media
from wiretape.cassettes.dialects.chat_stream import JsonStream, Told
from wiretape.cassettes.dialects.chat_usage import tell_usage
from wiretape.cassettes.dialects.delta import Json, Start
from wiretape.cassettes.dialects.payload import count_of, text_of

_KEYS = frozenset(
    {
        "type",
        "b64_json",
        "created",
        "created_at",
        "partial_image_index",
        "output_format",
        "size",
        "quality",
        "background",
        "usage",
        "svg_usage",
        "safety_identifier",
        "sequence_number",
        "data",
        "error",
    }
)
_IMAGE_KEYS = frozenset({"b64_json", "url", "revised_prompt"})
_PARAMETERS = ("size", "quality", "background", "output_format")


class ImagesDialect(JsonStream):
    """Reads `image_generation.*` and `image_edit.*` events, or one whole answer."""

    api: ClassVar[str] = "openai.images"

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._made = 0

    def _value(self, told: Told, name: str, value: Json) -> None:
        if name == "error" or (isinstance(value, dict) and is_error(value)):
            self._error(told, value)
        elif not isinstance(value, dict):
            told.unknown("$", value, name)
        else:
            self._object(told, text_of(value.get("type")) or name, value)

    def _object(self, told: Told, kind: str, value: dict[str, Json]) -> None:
        is_preview = kind.endswith(".partial_image")
        is_image = is_preview or kind.endswith(".completed")
        if not is_image and not isinstance(value.get("data"), list):
            told.unknown("$", value, kind)
            return
        self._start(told, kind, value)
        told.unknown_keys(value, _KEYS, "$")
        if is_image:
            self._image(told, kind, value, value)
        else:
            for position, image in enumerate(value["data"]):
                self._listed(told, image, value, f"$.data[{position}]")
        if is_preview:
            return
        parameters = {key: value[key] for key in _PARAMETERS if value.get(key) is not None}
        self._changed(told, "image_parameters", parameters)
        tell_usage(told, value.get("usage"))
        if is_image:
            self._end(told, "terminal_event", clean=True)

    def _listed(self, told: Told, image: Json, whole: dict[str, Json], path: str) -> None:
        if not isinstance(image, dict):
            told.unknown(path, image)
            return
        self._image(told, "data", image, whole)
        if image.get("revised_prompt"):
            told.meta("revised_prompt", image["revised_prompt"], "data")
        told.unknown_keys(image, _IMAGE_KEYS, path)

    def _image(self, told: Told, kind: str, image: dict[str, Json], whole: dict[str, Json]) -> None:
        """A preview belongs to the image that is made next."""
        form = text_of(whole.get("output_format"))
        index = count_of(image.get("partial_image_index"))
        is_preview = kind.endswith(".partial_image")
        if is_preview and index is None:
            index = 0
        text = text_of(image.get("b64_json")) or text_of(image.get("url"))
        if text:
            tell_media(
                told,
                "image",
                text,
                part=f"image:{self._made}",
                raw_type=kind,
                mime=f"image/{form}" if form else "",
                partial_index=index if is_preview else None,
            )
        self._made += not is_preview

    def _start(self, told: Told, kind: str, value: dict[str, Json]) -> None:
        if self._started:
            return
        self._started = True
        created = value.get("created_at", value.get("created"))
        told.deltas.append(
            Start(
                told.frame,
                told.at_ns,
                kind,
                created=created if isinstance(created, int | float | str) else None,
            )
        )

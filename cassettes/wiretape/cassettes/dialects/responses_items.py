"""The items of a Responses output that are tools: who runs them, what they were asked, what they
gave.

Only readings of one item's JSON, with no state: which of it is new is asked elsewhere.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.dialects.responses_events import (
    APPROVAL,
    CODE,
    CUSTOM,
    FUNCTION,
    MCP,
    PROGRAM,
    Form,
    Origin,
)

Members = dict[str, Json]


class Tool(msgspec.Struct, frozen=True):
    """A type of item that is a call."""

    origin: Origin
    name: str = ""
    """Of the tool; empty where the item names it."""
    text: Form | None = None
    """How its arguments are streamed, where they are a text."""
    key: str = ""
    """Where the arguments stand in the item."""
    asked: Callable[[Members], Json] | None = None
    """Its arguments, where they are a value; None while they are not there."""


def _picked(*keys: str) -> Callable[[Members], Json]:
    """An object with those of the members that are there."""
    return lambda item: {key: item[key] for key in keys if item.get(key) not in (None, "")} or None


def _member(key: str) -> Callable[[Members], Json]:
    return lambda item: item.get(key)


TOOLS: Final[dict[str, Tool]] = {
    "function_call": Tool("client", text=FUNCTION, key="arguments"),
    "custom_tool_call": Tool("client", text=CUSTOM, key="input"),
    "mcp_call": Tool("mcp", text=MCP, key="arguments"),
    "mcp_approval_request": Tool("mcp", text=APPROVAL, key="arguments"),
    "mcp_list_tools": Tool("mcp", "mcp_list_tools"),
    "web_search_call": Tool("hosted", "web_search", asked=_member("action")),
    "file_search_call": Tool("hosted", "file_search", asked=_picked("queries")),
    "code_interpreter_call": Tool("hosted", "code_interpreter", text=CODE, key="code"),
    "image_generation_call": Tool(
        "hosted",
        "image_generation",
        asked=_picked("action", "revised_prompt", "size", "quality", "background", "output_format"),
    ),
    "computer_call": Tool("client", "computer", asked=_picked("action", "actions")),
    "local_shell_call": Tool("client", "local_shell", asked=_member("action")),
    "shell_call": Tool("client", "shell", asked=_member("action")),
    "apply_patch_call": Tool("client", "apply_patch", asked=_member("operation")),
    "tool_search_call": Tool("hosted", "tool_search", asked=_member("arguments")),
    "program": Tool("hosted", "program", text=PROGRAM, key="code"),
}

OUTPUTS: Final[dict[str, str]] = {
    "function_call_output": "output",
    "custom_tool_call_output": "output",
    "computer_call_output": "output",
    "local_shell_call_output": "output",
    "shell_call_output": "output",
    "apply_patch_call_output": "output",
    "tool_search_output": "tools",
    "program_output": "result",
    "mcp_approval_response": "approve",
}
"""Types of item that are what a call gave, and where in the item that stands."""


def origin_of(tool: Tool, item: Members) -> Origin:
    """Who runs the call: of some tools, only the item says."""
    if item.get("execution") in ("server", "client"):
        return "client" if item["execution"] == "client" else "hosted"
    environment = object_of(item.get("environment")).get("type")
    if isinstance(environment, str) and environment.startswith("container"):
        return "hosted"
    return tool.origin


class Output(msgspec.Struct, frozen=True):
    """One thing that a call gave."""

    place: str
    """Where it stands in the item, so that it is told once."""
    content: Json
    is_error: bool = False
    stream: Literal["stdout", "stderr", "content"] = "content"


def outputs_of(item: Members) -> Iterator[Output]:
    """What a call gave, as far as its own item has it."""
    match item.get("type"):
        case "code_interpreter_call":
            for index, output in enumerate(list_of(item.get("outputs"))):
                logs = object_of(output).get("logs")
                yield Output(f"outputs[{index}]", output if logs is None else logs)
        case "file_search_call":
            for index, result in enumerate(list_of(item.get("results"))):
                yield Output(f"results[{index}]", result)
        case "mcp_call":
            if item.get("output") is not None:
                yield Output("output", item["output"])
        case "mcp_list_tools":
            if item.get("tools"):
                yield Output("tools", item["tools"])
    if item.get("error") is not None:
        yield Output("error", item["error"], is_error=True)


def result_of(item: Members) -> Iterator[Output]:
    """What an item gives that is the output of another."""
    kind = text_of(item.get("type"))
    content = item.get(OUTPUTS[kind])
    failed = item.get("status") == "failed"
    if kind == "shell_call_output" and isinstance(content, list):
        for index, output in enumerate(content):
            yield from printed(index, [output])
    elif kind == "mcp_approval_response":
        yield Output("approve", {"approve": content, "reason": item.get("reason")})
    elif content is not None or failed:
        yield Output("output", content, failed)


def printed(command: int, outputs: list[Json]) -> Iterator[Output]:
    """What one command of a shell printed, and how it ended."""
    found = [output for output in outputs if isinstance(output, dict)]
    for stream in ("stdout", "stderr"):
        text = "".join(text_of(output.get(stream)) for output in found)
        if text:
            yield Output(f"output[{command}].{stream}", text, stream=stream)
    for output in found[-1:]:
        if (outcome := output.get("outcome")) is not None:
            yield Output(f"output[{command}].outcome", outcome)


def growing(kind: str, asked: Json) -> list[Json]:
    """The texts in the arguments of a call that are streamed one by one."""
    members = object_of(asked)
    match kind:
        case "shell_call":
            return list_of(members.get("commands"))
        case "apply_patch_call":
            return [members.get("diff")]
        case _:
            return []


def images_of(item: Members) -> Iterator[tuple[str, str]]:
    """Place and URL of the images among the outputs of a code interpreter."""
    for index, output in enumerate(list_of(item.get("outputs"))):
        url = object_of(output).get("url")
        if isinstance(url, str) and url:
            yield f"image[{index}]", url

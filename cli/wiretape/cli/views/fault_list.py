"""The faults there are, as lines for a person. Pure."""

from collections.abc import Iterator

from wiretape.replay.faults import Described, described
from wiretape.replay.faults.catalogue import Setting, settings_of
from wiretape.replay.faults.fault import Aim

_INDENT = "    "


def fault_lines() -> Iterator[str]:
    """Each fault with its sentence and its settings, then what all of them have."""
    for fault in described():
        yield _call(fault)
        yield f"{_INDENT}{fault.sentence}"
        for setting in fault.settings:
            yield from _setting(setting)
    yield "every fault"
    for setting in settings_of(Aim).values():
        yield from _setting(setting)


def _call(fault: Described) -> str:
    wanted = ", ".join(f"{setting.name}=..." for setting in fault.settings if setting.required)
    return f"{fault.name}({wanted})" if wanted else fault.name


def _setting(setting: Setting) -> Iterator[str]:
    default = "" if setting.required else f"; {setting.default or 'nothing'} by default"
    yield f"{_INDENT}{setting.name}: {setting.allowed}{default}"
    if setting.words:
        yield f"{_INDENT}{_INDENT}{setting.words}"

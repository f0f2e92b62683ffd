"""A miss as the users of the official SDKs meet it: the reason, once, and no retries."""

import anthropic
import openai
import pytest

from tests.interactions import make_interaction
from tests.replay.serving import serving


async def test_openai_shows_the_reason_and_does_not_ask_again() -> None:
    async with serving([make_interaction()]) as served:
        client = openai.AsyncOpenAI(base_url=f"{served.url}/openai/v1", api_key="dummy")
        with pytest.raises(openai.InternalServerError, match="the nearest is 1, which differs in"):
            await client.responses.create(model="m", input="something else", stream=True)
        await client.close()
        assert served.player.misses == 1


async def test_anthropic_shows_the_reason_and_does_not_ask_again() -> None:
    async with serving([make_interaction(upstream="anthropic")]) as served:
        client = anthropic.AsyncAnthropic(base_url=f"{served.url}/anthropic", api_key="dummy")
        with pytest.raises(
            anthropic.InternalServerError, match="no recording answers POST /v1/messages"
        ):
            await client.messages.create(
                model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
            )
        await client.close()
        assert served.player.misses == 1

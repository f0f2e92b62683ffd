"""The table of what the SDKs make of every fault, against the SDKs that are installed."""

from pathlib import Path

import pytest

from tests.clients.torture_document import CLIENTS, Client, column, documented

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.program.stem)
async def test_the_table_is_what_the_sdks_do(client: Client, tmp_path: Path) -> None:
    found = await column(client, tmp_path)
    assert found == documented(client), "python -m tests.clients.torture_document writes it anew"

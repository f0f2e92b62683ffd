"""docs/servers.md is what the tests hold the servers to, in rules that there are."""

from tests.clients.servers.differences import SERVERS
from tests.clients.servers.document import FILE, text
from wiretape.cassettes.conformance.catalogue import BY_ID


def test_it_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text()


def test_every_rule_named_is_one() -> None:
    named = {
        rule for server in SERVERS.values() for call in server.findings.values() for rule in call
    }
    assert named - set(BY_ID) == set()

"""Metrics of a server, as Prometheus reads them.

Imported when they are asked for: prometheus_client costs more to import than most runs ask for.
Nothing is registered; a registry is made for each answer from what the server holds.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from wiretape.replay.control.operations import Controlled, tool_version

_NS = 1e9


class _Served(Collector):
    def __init__(self, served: Controlled) -> None:
        self._served = served

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("wiretape", "The version.", {"version": tool_version()})
        yield from self._requests()
        yield from self._tape()
        yield from self._punctuality()

    def _requests(self) -> Iterator[Metric]:
        served = self._served
        requests = CounterMetricFamily(
            "wiretape_replay_requests",
            "Requests since the start, by upstream and outcome (matched, unmatched, faulted, "
            "refused).",
            labels=["upstream", "outcome"],
        )
        # Upstreams are those of the tape: nothing that clients make up becomes a label.
        for place, number in sorted(served.journal.counted.items()):
            requests.add_metric(place, number)
        yield requests
        yield _gauge("playing", "Streams open now.", served.playing)
        yield _gauge("connections", "Connections of clients open now.", served.connections)

    def _tape(self) -> Iterator[Metric]:
        served = self._served
        player = served.player
        yield _gauge("recordings", "Recordings on the tape.", len(player.tape))
        yield _gauge("unplayed", "Recordings no session was given.", player.left)
        yield _gauge("sessions", "Sessions remembered.", len(player.sessions))
        yield _gauge("faults", "Faults laid over what is played.", len(served.faults.list()))
        yield _gauge("journal_entries", "Entries of the journal.", len(served.journal))
        yield _gauge(
            "loaded_timestamp_seconds",
            "When the cassettes were loaded.",
            served.loaded.time.timestamp(),
        )
        yield _gauge(
            "reload_failed",
            "1 where a newer set of cassettes cannot be read.",
            int(bool(served.loaded.problem)),
        )

    def _punctuality(self) -> Iterator[Metric]:
        kept = self._served.punctuality
        yield _counter("writes", "Slices written by the schedule.", kept.writes)
        yield _counter("chunks", "Due times that these slices covered.", kept.frames)
        yield _counter(
            "coalesced_chunks", "Due times that went out with an earlier one.", kept.coalesced
        )
        yield _counter("lateness_seconds", "Lateness of all writes, summed up.", kept.late_ns / _NS)
        yield _gauge(
            "lateness_max_seconds", "The largest lateness of a write.", kept.latest_ns / _NS
        )


def exposition(served: Controlled) -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Served(served))
    return generate_latest(registry)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"wiretape_replay_{name}", words, value=value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"wiretape_replay_{name}", words, value=value)

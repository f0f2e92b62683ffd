"""Each archive's report is what `compare` says, and what a person agreed with."""

import os

import pytest

from tests.cassettes.diff.archives import Archive, archives, compared, report_of
from wiretape.cassettes.diff.comparing import compare

ARCHIVES = archives()
REWRITE = os.environ.get("WIRETAPE_REWRITE") == "1"


def test_there_are_archives() -> None:
    assert len(ARCHIVES) >= 20


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.path.stem)
def test_the_report_is_as_expected(archive: Archive) -> None:
    report = report_of(compared(archive))
    if REWRITE:
        archive.path.write_text(f"{archive.head}-- report --\n{report}", encoding="utf-8")
    else:
        assert report == archive.report


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.path.stem)
def test_a_side_does_not_differ_from_itself(archive: Archive) -> None:
    for label, side in zip(archive.labels, compared(archive).sides, strict=True):
        if side is not None:
            itself = compare([label, "again"], [side, side])
            assert itself.differences == ((),)
            assert itself.same


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.path.stem)
def test_turned_around_it_is_the_mirror_image(archive: Archive) -> None:
    comparison = compared(archive)
    if len(comparison.sides) != 2:
        return
    turned = compare(comparison.labels[::-1], comparison.sides[::-1])
    assert turned.same == comparison.same
    ours = sorted((one.aspect, one.counts) for one in comparison.differences[0])
    assert ours == sorted((one.aspect, one.counts) for one in turned.differences[0])
    for one in comparison.differences[0]:
        if one.aspect != "tools":  # a call is named by its place on the first side
            assert any((one.a, one.b) == (other.b, other.a) for other in turned.differences[0])

"""Files made for an agency: a plain id is the name, and no two ids share one."""

import pytest

from benchmarking.file_names import stem_of


@pytest.mark.parametrize("agency", ["A037", "north-west_2"])
def test_a_plain_id_is_the_name(agency):
    assert stem_of(agency) == agency


def test_ids_that_differ_in_what_no_name_can_hold_have_names_of_their_own():
    ids = ["=1", "+1", "_1", "1/../2", "Ünal & Söhne", "Ünal + Söhne", "日本"]
    names = [stem_of(agency) for agency in ids]
    assert len(set(names)) == len(ids)
    assert not any(set(name) & set("/=+& ") or name in (".", "..") for name in names)
    assert names[0] == "_1.8dcf605b"

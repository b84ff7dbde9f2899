"""Work side by side: the order is kept, one core each, and what torch was given stays as it was."""

from __future__ import annotations

import threading

import torch

from tunebook.models import cores


def test_results_come_in_the_order_of_the_items():
    assert list(cores.side_by_side(lambda x: x * x, range(50))) == [x * x for x in range(50)]
    assert list(cores.side_by_side(lambda x: x, [])) == []


def test_each_has_one_core_and_everyone_else_as_many_as_before():
    before = torch.get_num_threads()
    assert cores.count() == before
    assert set(cores.side_by_side(lambda _: torch.get_num_threads(), range(20))) == {1}
    found: list[int] = []
    later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert [torch.get_num_threads(), *found] == [before, before]

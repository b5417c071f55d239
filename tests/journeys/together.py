"""Several at once, each with a connection of its own, let go at the same moment."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Barrier, Thread
from typing import Any

from django.db import connections


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)` … `work(count - 1)` returned in threads that start together; an error fails the test."""
    barrier, results = Barrier(count), [None] * count

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = work(place)
        except BaseException as error:  # handed to the test's own thread below
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=copy_context().run, args=(run, place)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise errors[0]
    return results

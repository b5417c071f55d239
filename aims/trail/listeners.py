"""How a higher room hears what happens in a lower one, which may not import it: it listens to the trail.

A room registers its handlers when it is loaded: `on_event("evidence.version.*", mark_due)` in `AppConfig.ready()`.
"""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from aims.trail.models import Event

Handler = Callable[[Sequence[Event]], None]

HANDLERS: list[tuple[str, Handler]] = []
_known: dict[str, tuple[Handler, ...]] = {}


def on_event(pattern: str, handler: Handler) -> None:
    """Call `handler` with the events whose names match `pattern` (`*` is any text).

    It runs inside the transaction of the act, after the events are written, with all matching events of one `record()`
    at once. It must be cheap, and must not wait for rows that another action may hold: the end of the trail's chain is
    locked by now. What takes long belongs into a task that `transaction.on_commit` rings for.
    """
    if (pattern, handler) not in HANDLERS:
        HANDLERS.append((pattern, handler))
        _known.clear()


def handlers_of(event: str) -> tuple[Handler, ...]:
    """Who listens to an event, each once, in the order of registration."""
    if event not in _known:
        _known[event] = tuple(dict.fromkeys(handler for pattern, handler in HANDLERS if fnmatchcase(event, pattern)))
    return _known[event]


def tell(events: Sequence[Event]) -> None:
    """Hand the events to those who listen."""
    heard: dict[Handler, list[Event]] = {}
    for event in events:
        for handler in handlers_of(event.event):
            heard.setdefault(handler, []).append(event)
    for handler, matching in heard.items():
        handler(matching)

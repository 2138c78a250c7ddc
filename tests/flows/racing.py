"""Several people at the same moment, each with a thread and a database connection of his own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all `acts` together; what each returned, or the exception it raised, in their order."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes[place] = act()
        except Exception as error:  # noqa: BLE001 the loser's exception is what the test looks at
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits for a lock"
    return outcomes


def met_after(function: Callable, hands: int) -> Callable:
    """`function`, after whose answer `hands` threads wait for each other: all have looked before one acts.

    Put it in place when the scene stands: whoever asks earlier would wait alone.
    """
    met = threading.Barrier(hands)

    def asked_together(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        met.wait(timeout=30)
        return answer

    return asked_together

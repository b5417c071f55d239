"""Says whether a PostgreSQL and a Redis answer, for scripts that use them only where there are any."""

import sys

from aims.launch.databases import is_administrator
from aims.launch.messages import LaunchError, say
from aims.launch.valkey import unusable


def absent(database_url: str, broker_url: str) -> str | None:
    """Why the suite cannot run on these servers; None when it can."""
    try:
        if not is_administrator(database_url):
            return "its role may not make roles and databases"
    except LaunchError as error:
        return str(error)
    return unusable(broker_url)


if __name__ == "__main__":
    reason = absent(*sys.argv[1:])
    if reason:
        say(f"skipped: the suite on the machine's own PostgreSQL and Redis ({reason})")
    sys.exit(1 if reason else 0)

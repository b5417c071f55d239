"""What this room's tests share."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

QUIET = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT SET_CONFIG", "SET TRANSACTION")


@pytest.fixture
def statements():
    """`with statements() as seen:` collects the SQL, without savepoints and settings."""

    @contextmanager
    def collect():
        seen = []
        with CaptureQueriesContext(connection) as captured:
            yield seen
        seen.extend(q["sql"] for q in captured.captured_queries if not q["sql"].upper().startswith(QUIET))

    return collect

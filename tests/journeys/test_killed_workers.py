"""Real Celery workers: one killed in the middle of a sweep, and a broker that forgot everything."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from aims.integrations.models import Notification
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from audits.models import Pack
from audits.packs.actions import request_pack
from cases.models import AssuranceCase, Signal
from inventory.import_actions import confirm_import, upload_import
from inventory.models import AISystem
from tests.cases.building import make_sound_case
from tests.site.test_sweep import expire

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORKER = """
import time, django
django.setup()
from aims.celery import app
{before}
app.worker_main(["worker", "--beat", "--pool=solo", "--queues=default,reports", "--loglevel=warning", "--without-mingle",
                 "--without-gossip", "--schedule={schedule}"])
"""
SLOW_AT_CASES = """
from aims.site import sweeping
def slowly(now):
    print("evidence is done", flush=True)
    time.sleep(120)
sweeping.reevaluate_due = slowly
"""
SLOW_AT_CONTROLS = SLOW_AT_CASES.replace("reevaluate_due", "refresh_for_items").replace("(now)", "(items, now)")
SLOW_IN_A_CASE = """
from cases import evaluation
real = evaluation.record_many
def slowly(*args, **rest):
    real(*args, **rest)
    print("a case is half done", flush=True)
    time.sleep(120)
evaluation.record_many = slowly
"""


@pytest.fixture
def broker(tmp_path_factory) -> Iterator[redis.Redis]:
    """A database of the broker of its own, empty before and after; one test of the run at a time."""
    client = redis.Redis.from_url(settings.REDIS_URL.rpartition("/")[0] + "/11")
    with (tmp_path_factory.getbasetemp().parent / "broker.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def worker(broker, tmp_path) -> Iterator[Callable[[str], subprocess.Popen]]:
    """`worker(before)`: a worker with its beat every three seconds, on the test database; `before` runs in it first."""
    started: list[subprocess.Popen] = []
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"],
        "REDIS_URL": settings.REDIS_URL.rpartition("/")[0] + "/11",
        "DJANGO_SETTINGS_MODULE": "aims.settings",
        "AIMS_DEBUG": "1",
        "AIMS_SWEEP_SECONDS": "3",
        "AIMS_STATE": str(tmp_path),
        "AIMS_MEDIA": str(settings.MEDIA_ROOT),
    }

    def start(before: str = "") -> subprocess.Popen:
        program = WORKER.format(before=before, schedule=tmp_path / f"beat{len(started)}")
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", program], cwd=settings.BASE_DIR, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            )
        )  # fmt: skip
        return started[-1]

    yield start
    for one in started:
        kill(one)


def kill(worker: subprocess.Popen) -> None:
    """kill -9, its beat included, which is a process of its own."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def until(happened: Callable[[], bool], seconds: int = 90) -> bool:
    """Whether it happened in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.3)
    return False


def told_once(cast) -> None:
    """The one lapse was told exactly once, and the trail is whole."""
    with working_in(cast.organisation):
        assert Signal.objects.count() == 1
        assert Notification.objects.filter(event="cases.signal.raised", member=cast.owner).count() == 1
        assert Event.objects.filter(event="evidence.version.went_stale").count() == 1
        assert first_broken_link() is None


def fallen(cast) -> bool:
    with working_in(cast.organisation):
        return AssuranceCase.objects.get().standing == 1


@pytest.mark.parametrize("where", [SLOW_AT_CONTROLS, SLOW_AT_CASES, SLOW_IN_A_CASE], ids=["controls", "cases", "case"])
def test_a_worker_killed_in_the_middle_of_a_sweep(acme, worker, where):
    with acme:
        make_sound_case(acme)
        expire()
    first = worker(where)
    assert first.stdout is not None
    assert first.stdout.readline(), "the worker ended before it came to the place"
    kill(first)
    assert not fallen(acme)
    worker()
    assert until(lambda: fallen(acme)), "the next worker did not finish what the killed one had begun"
    told_once(acme)


def test_a_broker_that_forgot_everything_loses_no_work(acme, broker, worker):
    """A sweep, a pack, an import and mail wait, the broker is emptied, and the next beat finds the rows."""
    from aims.celery import app

    with working_in(acme.organisation):
        make_sound_case(acme)
        expire()
        pack = request_pack(title="Waiting", scope=Pack.Scope.ORGANISATION, actor=acme.officer)
        draft = upload_import(file_name="more.csv", content=b"Name,Purpose\nTriage,Sorting\n", actor=acme.officer)
        confirm_import(draft, actor=acme.officer)
    waiting_tasks = ["aims.site.tasks.sweep", "inventory.tasks.run_imports", "aims.integrations.tasks.send_mail"]
    with app.connection_for_write(settings.REDIS_URL.rpartition("/")[0] + "/11") as waiting:
        for name in waiting_tasks:
            app.send_task(name, connection=waiting)
        app.send_task("audits.tasks.build_packs", connection=waiting)
    assert (broker.llen("default"), broker.llen("reports")) == (3, 1)
    broker.flushdb()
    assert (broker.llen("default"), broker.llen("reports")) == (0, 0)
    assert not fallen(acme)
    worker()
    assert until(lambda: fallen(acme))
    told_once(acme)

    def everything_is_done() -> bool:
        with working_in(acme.organisation):
            pack.refresh_from_db()
            draft.refresh_from_db()
            mailed = Notification.objects.get(event="cases.signal.raised", member=acme.owner).emailed_at
            return pack.status == draft.status == "done" and mailed is not None

    assert until(everything_is_done), (pack.status, pack.error, draft.status, draft.error)
    with working_in(acme.organisation):
        assert Pack.objects.count() == 1
        assert pack.steps.count() == pack.steps.exclude(finished_at=None).count() > 5
        assert AISystem.objects.filter(name="Triage").count() == 1
    with working_in(acme.organisation):
        assert AssuranceCase.objects.filter(next_transition_at__lte=timezone.now()).count() == 0

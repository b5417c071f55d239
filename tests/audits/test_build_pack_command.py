"""`build_pack ORG --output FILE`: the same steps, here and now; and a worker killed in the middle."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from aims.reports.work import LEASE
from aims.tenancy.scope import working_in
from audits.models import Pack, PackStep
from audits.packs.building import build_due
from tests.audits.material import ask, make_records
from tests.audits.test_build_pack import break_step, quickly  # noqa: F401 (a fixture)


def test_it_prints_the_steps_and_writes_the_file(acme, tmp_path, quickly, capsys):  # noqa: F811
    make_records(acme)
    output = tmp_path / "pack.pdf"
    call_command("build_pack", "acme", output=str(output))
    said = capsys.readouterr().out
    assert "What does not stand" in said and "Assurance case 1" in said and "PDF document" in said
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    assert f"sha256={digest}" in said


def test_some_systems(acme, tmp_path, quickly):  # noqa: F811
    make_records(acme)
    call_command("build_pack", "acme", output=str(tmp_path / "p.pdf"), system=[2])
    with working_in(acme.organisation):
        assert list(Pack.objects.get().system_links.values_list("system__number", flat=True)) == [2]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"organisation": "nobody"}, "no organisation"),
        ({"system": [77]}, "no system 77"),
        ({"email": "x@y.example"}, "not an active member"),
        ({"email": "observer@acme.example"}, "do not include building packs"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_the_reason(acme, tmp_path, arguments, reason):
    organisation = arguments.pop("organisation", "acme")
    with pytest.raises(CommandError, match=reason):
        call_command("build_pack", organisation, output=str(tmp_path / "p.pdf"), **arguments)
    with pytest.raises(CommandError, match="does not exist"):
        call_command("build_pack", "acme", output=str(tmp_path / "nowhere" / "p.pdf"))


def test_a_broken_collector_ends_with_its_reason(acme, tmp_path, monkeypatch):
    break_step(monkeypatch, "soa", RuntimeError("torn"))
    with pytest.raises(CommandError, match="Statement of Applicability.*torn"):
        call_command("build_pack", "acme", output=str(tmp_path / "p.pdf"))
    assert not (tmp_path / "p.pdf").exists()


WORKER = """
import sys, time, django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = settings.DATABASES["default"]["NAME"]
from uuid import UUID
from audits.packs import building
real = building.collect
def slowly(pack, key):
    print("step", key, flush=True)
    if key == sys.argv[2]:
        time.sleep(60)
    return real(pack, key)
building.collect = slowly
building.build_due(UUID(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_minus_nine_in_the_middle_of_a_step(acme, tmp_path, quickly):  # noqa: F811
    make_records(acme)
    pack = ask(acme)
    with working_in(acme.organisation):
        Pack.objects.update(due_at=pack.as_of)
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "aims.settings",
        "AIMS_DEBUG": "1",
        "AIMS_MEDIA": str(settings.MEDIA_ROOT),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(acme.organisation.pk), "inventory"],
        cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = ""
    while "inventory" not in said:
        line = worker.stdout.readline()
        assert line, worker.stderr.read()
        said += line
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with working_in(acme.organisation):
        before = dict(PackStep.objects.filter(pack=pack).exclude(finished_at=None).values_list("step", "finished_at"))
        due_at = Pack.objects.get().due_at
    assert set(before) == {"cover", "gaps", "scope", "readiness"}
    for _ in range(50):  # the server notices the dead connection and lets go of its lock
        if build_due(acme.organisation.pk, now=due_at + LEASE) == 1:
            break
        time.sleep(0.2)
    with working_in(acme.organisation):
        done = Pack.objects.get()
        after = dict(PackStep.objects.filter(pack=pack).values_list("step", "finished_at"))
    assert (done.status, done.attempts) == ("done", 2)
    assert {step: after[step] for step in before} == before

"""The virus scanner: a daemon that speaks INSTREAM says yes or no; one that is silent, odd or away refuses the file."""

import socket
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured

from aims.rules import RuleBroken
from evidence.models import EvidenceItem
from evidence.scanning import CHUNK, refuse_infected
from tests.evidence.making import PDF, upload
from tests.evidence.test_uploads import form
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
VIRUS = b"X5O!P%@AP-planted"


class Daemon:
    """A tiny daemon in a thread: takes streams as clamd does and keeps what it was sent."""

    def __init__(self, listening: socket.socket, answer=None) -> None:
        self.listening, self.answer, self.streams = listening, answer, []
        listening.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as talk:
                self.streams.append(self.take(talk))
                answer = self.answer if self.answer is not None else self.verdict()
                talk.write(answer)

    def take(self, talk) -> bytes:
        assert talk.read(10) == b"zINSTREAM\0"
        stream = b""
        while size := int.from_bytes(talk.read(4), "big"):
            stream += talk.read(size)
        return stream

    def verdict(self) -> bytes:
        return b"stream: Planted-Test FOUND\0" if VIRUS in self.streams[-1] else b"stream: OK\0"


@pytest.fixture(params=["unix", "tcp"])
def listening(request, tmp_path, settings):
    if request.param == "unix":
        made = socket.socket(socket.AF_UNIX)
        made.bind(str(tmp_path / "clamd"))
        settings.CLAMAV = f"unix:{tmp_path / 'clamd'}"
    else:
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        settings.CLAMAV = f"tcp:127.0.0.1:{made.getsockname()[1]}"
    settings.CLAMAV_SECONDS = 2
    with made:
        yield made


def test_clean_files_are_kept_whole_and_infected_ones_are_refused(acme, listening):
    daemon = Daemon(listening)
    large = b"a,b\n" + b"1,2\n" * (CHUNK // 2)
    make_evidence(acme.owner, files=[upload(), upload("large.csv", large)])
    assert daemon.streams == [PDF, large]
    with pytest.raises(RuleBroken, match="found “Planted-Test”") as broken:
        make_evidence(acme.owner, files=[upload("clean.csv", b"a,b\n"), upload("report.csv", b"a,b\n" + VIRUS)])
    assert broken.value.field == "files"
    with acme:
        assert EvidenceItem.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"INSTREAM size limit exceeded. ERROR\0", "could not examine it"),
        (b"stream: FOUND nothing, really\0", "could not examine it"),
        (b"OK then\0", "could not examine it"),
        (b"\xff\xfe\0", "does not answer"),
        (b"", "does not answer"),
    ],
)
def test_an_answer_that_is_no_yes_refuses(acme, listening, answer, words):
    Daemon(listening, answer)
    with pytest.raises(RuleBroken, match=words):
        make_evidence(acme.owner, files=[upload()])
    with acme:
        assert not EvidenceItem.objects.exists()


def test_a_daemon_that_hangs_refuses(acme, listening, settings):
    settings.CLAMAV_SECONDS = 0.2
    listening.listen()
    with pytest.raises(RuleBroken, match="does not answer"):
        make_evidence(acme.owner, files=[upload()])


@pytest.mark.parametrize("address", ["unix:/nowhere/clamd", "tcp:127.0.0.1:1"])
def test_a_daemon_that_is_away_refuses_on_page_and_api(acme, sign_in, api_as, settings, address):
    settings.CLAMAV = address
    page = sign_in(acme.owner).post("/o/acme/evidence/upload/", form(acme, [upload()]))
    assert "the virus scanner does not answer" in page.content.decode()
    body = {"title": "x", "kind": "evaluation", "collected_at": "2026-01-10T09:00Z", "files": [upload()]}
    answer = api_as(acme.owner).post("/api/v1/o/acme/evidence/", body, format="multipart")
    assert answer.status_code == 409 and "does not answer" in answer.json()["detail"]
    with acme:
        assert not EvidenceItem.objects.exists()


def test_without_a_daemon_nothing_is_asked(settings):
    settings.CLAMAV = ""
    refuse_infected(upload(), "report.pdf")


@pytest.mark.parametrize("address", ["clamav", "tcp:clamav", "http://clamav", "tcp:clamav:"])
def test_an_address_that_means_nothing_is_named(settings, address):
    settings.CLAMAV = address
    with pytest.raises(ImproperlyConfigured, match="AIMS_CLAMAV"):
        refuse_infected(upload(), "report.pdf")

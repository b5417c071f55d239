"""Files and systems for the tests of this room."""

from django.core.files.uploadedfile import SimpleUploadedFile

from aims.tenancy.numbers import next_number
from aims.tenancy.scope import working_in
from inventory.models import AISystem, SystemVersion

PDF = b"%PDF-1.7\n%\xe2\xe3\nBias test, version 4.2\n%%EOF\n"
CSV = b"group,ratio\nA,0.93\nB,0.95\n"


def upload(name="report.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def make_system(owner, name="Credit scoring", *labels):
    with working_in(owner.organisation):
        system = AISystem.objects.create(
            organisation=owner.organisation, number=next_number(owner.organisation, AISystem), name=name, owner=owner
        )
        for label in labels:
            SystemVersion.objects.create(organisation=owner.organisation, system=system, label=label)
    return system

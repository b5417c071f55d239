"""Background work of the evidence library."""

from uuid import UUID

from celery import shared_task
from django.db import transaction

from aims.tenancy.door import acting_for_system
from evidence.actions import check_files
from evidence.models import EvidenceVersion


@shared_task
def check_version(organisation_id: str, version_id: str) -> None:
    """Hash the files of a version that somebody found broken while reading; safe to run twice."""
    with acting_for_system(UUID(organisation_id)):
        version = EvidenceVersion.objects.filter(pk=version_id).first()
        if version is not None:
            check_files(version, actor=None)


def ring_for_check(version: EvidenceVersion) -> None:
    """Have a worker look at the files of a version, once what is being done is committed."""
    organisation_id, version_id = str(version.organisation_id), str(version.pk)
    transaction.on_commit(lambda: check_version.delay(organisation_id, version_id), robust=True)

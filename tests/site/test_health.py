"""What load balancers and operators are told."""

import pytest

from aims.site import health

pytestmark = pytest.mark.django_db


def test_alive_says_ok_and_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_ready_names_each_part(client, monkeypatch):
    monkeypatch.setattr(health, "CHECKS", {"database_role": health.database_role, "migrations": health.migrations})
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database_role": "ok", "migrations": "ok"})


def test_not_ready_is_503_with_the_reason(client, monkeypatch):
    monkeypatch.setattr(health, "CHECKS", {"broker": lambda: "the message broker does not answer"})
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"broker": "the message broker does not answer"})


def test_an_unreachable_broker_is_a_reason_not_an_error(monkeypatch):
    from aims.celery import app

    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    with app.connection_for_write("redis://127.0.0.1:1/0") as broken:
        monkeypatch.setattr(app, "connection_for_write", lambda **kwargs: broken)
        assert health.broker() == "the message broker does not answer"

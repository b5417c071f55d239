"""A page of 50 risks, as HTML and by the API, against a hand-written query and JSON in a bare view.

Both sides are whole requests through Django's WSGI handler: ours with every middleware, sign-in, permission, log lines and
the wall; the bare one with none of it (and, in the lines `…_signed_in`, with a token looked up by hand).
"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.test import Client

from aims.site.bench.bare import BareHandler
from aims.site.bench.measuring import best_of, line
from aims.tenancy.actions import issue_token
from aims.tenancy.door import acting_for_system
from aims.tenancy.models import Member, User


def get(application: Any, path: str, **headers: str) -> bytes:
    """The body of a successful GET, by the WSGI protocol, as a server asks for it."""
    path, _mark, query = path.partition("?")
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }
    told: list[str] = []
    response: Any = application(environment, lambda status, _headers, _error=None: told.append(status))
    body = b"".join(response)
    response.close()
    if not told[0].startswith("200"):
        raise RuntimeError(f"{path} answered {told[0]}: {body[:300]!r}")
    return body


def session_cookie(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return {"HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}"}


def bearer(user: User, organisation_id: Any) -> dict[str, str]:
    with acting_for_system(organisation_id):
        member = Member.objects.get(user=user)
        _token, secret = issue_token(member, name="bench", scopes=["read"], days=1, actor=None)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def measure(user: User, organisations: dict[str, tuple[str, str]], rounds: int = 150) -> Iterator[str]:
    """`organisations` maps a size ("1k") to (slug, id). Yields the lines."""
    application, bare = get_wsgi_application(), BareHandler()
    cookie = session_cookie(user)
    asked: dict[tuple[str, str], Callable[[], bytes]] = {}
    for size, (slug, pk) in organisations.items():
        token = bearer(user, pk)
        asked |= {
            (size, "html"): partial(get, application, f"/o/{slug}/risks/", **cookie),
            (size, "api"): partial(get, application, f"/api/v1/o/{slug}/risks/?page_size=50", **token),
            (size, "bare"): partial(get, bare, f"/{pk}/"),
            (size, "bare_signed_in"): partial(get, bare, f"/{pk}/", **token),
        }
        check_same_answer(asked[size, "api"](), asked[size, "bare"]())
    # All in turn, so that growth too compares what met the same disturbances.
    took = dict(zip(asked, best_of(rounds, *asked.values()), strict=True))
    for size in organisations:
        yield line(f"list_html_{size}", took[size, "html"], took[size, "bare"])
        yield line(f"list_api_{size}", took[size, "api"], took[size, "bare"], aim=3)
        yield line(f"list_api_{size}_signed_in", took[size, "api"], took[size, "bare_signed_in"], aim=3)
    small, large = organisations
    yield line("list_html_growth", took[large, "html"], took[small, "html"], aim=1.2)
    yield line("list_api_growth", took[large, "api"], took[small, "api"], aim=1.2)


def check_same_answer(ours: bytes, bare: bytes) -> None:
    """Both say the same, or the comparison means nothing."""
    said, expected = json.loads(ours), json.loads(bare)
    if (said["count"], said["results"]) != (expected["count"], expected["results"]):
        raise RuntimeError("the hand-written view and the API give different answers")

"""Every address of the product, found by walking the URL tables."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Addresses that are not below an organisation, or that are open on purpose, each with its reason.
OUTSIDE = {
    "start": "sends a signed-in person to their organisation",
    "healthz": "asked by load balancers, says only ok",
    "readyz": "asked by operators, says which part is not ready",
    "api_schema": "the description of the API holds no data",
    "api_docs": "the description of the API holds no data",
    "styleguide": "the gallery of components, in development only",
}
PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>|\(\?P<(?P<regex_name>\w+)>")


@dataclass(frozen=True)
class Address:
    """One URL pattern with all that stands before it."""

    route: str
    name: str
    callback: Any

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def is_of_organisation(self) -> bool:
        return "<slug:slug>/" in self.route

    @property
    def parameters(self) -> list[str]:
        return [m["name"] or m["regex_name"] for m in PARAMETER.finditer(self.route)]

    @property
    def permission(self) -> str | None:
        return getattr(self.callback, "permission", None)

    @property
    def actions(self) -> dict[str, str]:
        """Method -> action of an API viewset."""
        return getattr(self.callback, "actions", None) or {}

    def path(self, values: dict[str, Any]) -> str:
        """The address with its parameters filled in; KeyError names one that nobody gave a value."""

        def fill(match: re.Match[str]) -> str:
            return str(values[match["name"] or match["regex_name"]])

        route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: str(values[m[1]]), self.route)
        route = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values[m[1]]), route)
        return "/" + route.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "")


def every_address(resolver: URLResolver | None = None, before: str = "", space: str = "") -> list[Address]:
    """All patterns below a resolver, depth first."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            name = f"{space}{pattern.name}" if pattern.name else route
            found.append(Address(route, name, pattern.callback))
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += every_address(pattern, route, inner)
    return found


def of_organisations() -> list[Address]:
    """Every address under an organisation, except format-suffix doubles of the API router."""
    return [
        a
        for a in every_address()
        if a.is_of_organisation and "<drf_format_suffix" not in a.route and "format>" not in a.route
    ]

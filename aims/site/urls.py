"""All addresses: /o/<organisation>/<records>/<number>/<verb>/ for pages, the same below /api/v1 for the API."""

from django.conf import settings
from django.urls import include, path

from aims.site import health, views

ROOMS = [
    "aims.tenancy.urls",
    "aims.trail.urls",
    "aims.integrations.urls",
    "aims.standards.urls",
    "aims.documents.urls",
    "inventory.urls",
    "evidence.urls",
    "risks.urls",
    "cases.urls",
    "audits.urls",
]
API_ROOMS = [
    "aims.site.organisation_api_urls",
    "aims.tenancy.api_urls",
    "aims.standards.api.urls",
    "aims.documents.api.urls",
    "inventory.api.urls",
    "evidence.api.urls",
    "risks.api.urls",
    "cases.api.urls",
    "audits.api.urls",
]

urlpatterns = [
    path("", views.start, name="start"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Before allauth's own: an address proves who a person is here, so nobody changes it alone.
    path("accounts/email/", views.email_address, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("o/<slug:slug>/", include("aims.site.organisation_urls")),
    *[path("o/<slug:slug>/", include(room)) for room in ROOMS],
    path("api/v1/", include("aims.site.api_urls")),
    *[path("api/v1/o/<slug:slug>/", include(room)) for room in API_ROOMS],
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("aims.pages.urls")))
handler400 = "aims.site.errors.bad_request"
handler403 = "aims.site.errors.forbidden"
handler404 = "aims.site.errors.not_found"
handler500 = "aims.site.errors.server_error"

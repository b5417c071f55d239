from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "aims.site"
    label = "site"
    verbose_name = _("Site")

    def ready(self) -> None:
        # Without this the web process would not know the broker, and `.delay()` would ring nowhere. Not in aims/__init__:
        # the launcher imports that before anything is installed.
        import aims.celery  # noqa: F401

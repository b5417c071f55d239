"""Settings, all from the environment; production refuses to start without its secrets."""

import os
from pathlib import Path
from typing import Any

import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from environs import Env

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.str("AIMS_STATE", str(BASE_DIR / ".state")))

DEBUG = env.bool("AIMS_DEBUG", False)
SECRET_KEY = env.str("AIMS_SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("AIMS_SECRET_KEY is not set: give it at least 50 random characters")
    SECRET_KEY = "only-for-development-" * 3  # noqa: S105
if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("AIMS_SECRET_KEY is shorter than 50 characters: give it at least 50 random ones")
ALLOWED_HOSTS = env.list("AIMS_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
BASE_URL = env.str("AIMS_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
IS_HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = env.list("AIMS_TRUSTED_ORIGINS", [BASE_URL])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_linear_migrations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "template_partials",
    "aims.tenancy",
    "aims.trail",
    "aims.integrations",
    "aims.reports",
    "aims.pages",
    "aims.standards",
    "aims.documents",
    "inventory",
    "evidence",
    "risks",
    "cases",
    "audits",
    "aims.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "aims.site.middleware.BadInputMiddleware",
]
ROOT_URLCONF = "aims.site.urls"
WSGI_APPLICATION = "aims.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "aims.site.navigation.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "aims.pages.templatetags.aims",
                "aims.tenancy.templatetags.tenancy",
                "aims.trail.templatetags.trail",
            ],
        },
    }
]


def database(role: str) -> dict[str, Any]:
    """The connection of the application role, or of the owner role that migrates."""
    name = "DATABASE_OWNER_URL" if role == "owner" else "DATABASE_URL"
    url = env.str(name, "")
    if not url and not DEBUG:
        raise ImproperlyConfigured(f"{name} is not set, for example postgresql://aims_app:…@database/aims")
    parsed: dict[str, Any] = env.dj_db_url(name, url or "postgresql://aims_app@127.0.0.1:5432/aims")
    pool = {"min_size": 1, "max_size": env.int("AIMS_DATABASE_POOL", 8), "timeout": 10}
    # Statements of every request are prepared when they come the fifth time; PgBouncer before 1.22 cannot carry that.
    options: dict[str, Any] = {"prepare_threshold": 5 if env.bool("AIMS_PREPARED_STATEMENTS", True) else None}
    if role != "owner" and not env.bool("AIMS_NO_POOL", False):
        options["pool"] = pool
    return {**parsed, "ENGINE": "aims.tenancy.postgresql", "CONN_MAX_AGE": 0, "OPTIONS": options}


DATABASES = {"default": database(env.str("AIMS_DATABASE_ROLE", "app"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "aims.tenancy.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up: people come by invitation, which proves the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
# Per address of the network and per account: guessing stays slow, people who mistype do not notice.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or not IS_HTTPS
MFA_TOTP_ISSUER = "AIMS"
USERSESSIONS_TRACK_ACTIVITY = False

GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_RAISE_403 = True
GUARDIAN_USER_OBJ_PERMS_MODEL = "tenancy.ObjectGrant"
GUARDIAN_GROUP_OBJ_PERMS_MODEL = "tenancy.GroupObjectGrant"
ANONYMOUS_USER_NAME = None

PGHISTORY_APPEND_ONLY = True
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

FILTERS_EMPTY_CHOICE_LABEL = _("All")

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
TIME_ZONE = env.str("AIMS_TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("AIMS_STATIC_ROOT", str(STATE_DIR / "static")))
# The schemas of what leaves this product are public: /static/schemas/aims-case-export-1.json
STATICFILES_DIRS = [BASE_DIR / "static", ("schemas", BASE_DIR / "cases" / "schema")]
MEDIA_ROOT = Path(env.str("AIMS_MEDIA", str(STATE_DIR / "files")))
S3_BUCKET = env.str("AIMS_S3_BUCKET", "")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("AIMS_S3_ENDPOINT", "") or None,
            "default_acl": None,
            "file_overwrite": False,
        },
    }
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
MAX_UPLOAD_BYTES = env.int("AIMS_MAX_UPLOAD_BYTES", 50 * 2**20)
CLAMAV = env.str("AIMS_CLAMAV", "")  # unix:/path/of/the/socket or tcp:host:port of a ClamAV daemon; empty: none
CLAMAV_SECONDS = env.int("AIMS_CLAMAV_SECONDS", 30)

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the row is found again by the next beat
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "audits.tasks.build_packs": {"queue": "reports"},
    "evidence.tasks.read_texts": {"queue": "reports"},
    "evidence.tasks.read_texts_of": {"queue": "reports"},
}
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.int("AIMS_SWEEP_SECONDS", 60)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "aims.site.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "packs": {"task": "audits.tasks.build_packs", "schedule": 15, "options": {"expires": 15, "queue": "reports"}},
    "pulls": {"task": "cases.tasks.pull_readings", "schedule": 60, "options": {"expires": 60}},
    # By the clock: an interval would begin anew whenever beat is started, and might never end.
    "room for readings": {"task": "cases.tasks.make_room_for_readings", "schedule": crontab(minute="17")},
    "digests": {"task": "aims.site.tasks.send_digests", "schedule": 300, "options": {"expires": 300}},
    "mail": {"task": "aims.integrations.tasks.send_mail", "schedule": 30, "options": {"expires": 30}},
    "imports": {"task": "inventory.tasks.run_imports", "schedule": 15, "options": {"expires": 15}},
    "texts": {"task": "evidence.tasks.read_texts", "schedule": 60, "options": {"expires": 60, "queue": "reports"}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "celerybeat-schedule")

EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("AIMS_MAIL_FROM", "AIMS <aims@localhost>")
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    mail = env.dj_email_url("EMAIL_URL")
    EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = mail["EMAIL_BACKEND"], mail["EMAIL_HOST"], mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = mail.get("EMAIL_USE_TLS", False), mail.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = env.str("AIMS_MAIL_DIR", str(STATE_DIR / "mail"))

# Hosts (with or without a port) and networks of the own house that may be asked for readings, such as
# "prometheus.internal:9090,10.0.0.0/8". Everything else must be public and HTTPS.
ALLOWED_TARGETS: list[str] = env.list("AIMS_ALLOWED_TARGETS", [])

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "aims.site.errors.csrf_failure"
if IS_HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("AIMS_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PERMISSION_CLASSES": ["aims.tenancy.api_policy.Admitted"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["aims.tenancy.api_policy.TokenAuthentication"],
    "DEFAULT_PAGINATION_CLASS": "aims.tenancy.api_lists.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "aims.tenancy.api.answer_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNICODE_JSON": False,  # a refusal that quotes half a surrogate pair could not be encoded otherwise
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AIMS API",
    "DESCRIPTION": "Everything that the pages show, and the main things that they do. Numbers count per organisation.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1/o/\{slug\}",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LongWorkStatus": "aims.reports.models.LongWork.Status",
        "EvidenceStatus": "evidence.models.EvidenceItem.Status",
        "EvidenceRequestStatus": "evidence.models.EvidenceRequest.Status",
        "SystemStatus": "inventory.models.AISystem.Status",
        "RiskStatus": "risks.models.Risk.Status",
        "TreatmentStatus": "risks.models.Treatment.Status",
        "CaseStatus": "cases.models.AssuranceCase.Status",
        "SignalStatus": "cases.models.Signal.Status",
        "ElementKind": "cases.models.Element.Kind",
        "LinkKind": "cases.models.Link.Kind",
        "Comparator": "cases.models.ClaimMetric.Comparator",
        "DecisionRule": "cases.models.ClaimMetric.DecisionRule",
        "DimensionRule": "cases.models.ClaimMetric.DimensionRule",
        "ReadingVerdict": "cases.models.MetricReading.Verdict",
        "IndicatorDirection": "cases.models.Indicator.Direction",
        "ConditionStatus": "cases.models.DegradationCondition.Status",
        "ConditionState": "cases.api.condition_serializers.STATES",
        "ConditionType": "cases.models.DegradationCondition.Type",
        "ConditionAction": "cases.models.DegradationCondition.Action",
        "ConditionDetector": "cases.models.DegradationCondition.Detector",
        "ConditionEffect": "cases.api.condition_serializers.EFFECT_NAMES",
        "ConditionSeen": "cases.models.ConditionEvent.Seen",
        "ConditionHappening": "cases.models.ConditionEvent.Kind",
        "StandingName": "cases.api.serializers.STANDINGS",
        "PolicyName": "cases.api.serializers.POLICY_NAMES",
        "HoldName": "cases.api.serializers.HOLD_NAMES",
        "RiskLevel": "risks.api.serializers.LEVELS",
        "RuleLevel": "cases.api.serializers.RULE_LEVELS",
        "EvidenceKind": "evidence.models.Kind",
        "Environment": "inventory.models.Environment",
        "DocumentStatus": "aims.documents.models.Document.Status",
        "DocumentKind": "aims.documents.models.Document.Kind",
        "AuditStatus": "audits.models.Audit.Status",
        "NonconformityStatus": "audits.models.Nonconformity.Status",
        "CorrectiveActionStatus": "audits.models.CorrectiveAction.Status",
        "ReviewStatus": "audits.models.ManagementReview.Status",
        "ReviewActionStatus": "audits.models.ReviewAction.Status",
        "ScreeningYesNo": "inventory.api.serializers.YES_NO",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("AIMS_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
os.environ.setdefault("PGAPPNAME", "aims")

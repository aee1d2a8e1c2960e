"""Django's settings, all read from the environment; the contract of names is in docs/deployment.md."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import env, files, logs, queue
from config.pace import Pace
from monitors.limits import USUAL_TICKET

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_dotenv()

VAR_DIR = BASE_DIR / "var"
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.key("SECRET_KEY", default="only-for-debug" if DEBUG else None)
SECRET_KEY_FALLBACKS = env.old_keys("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]", is_debug=DEBUG)
HTTPS_ONLY = env.flag("HTTPS_ONLY", default=not DEBUG)
# Believe what a proxy in front says: X-Forwarded-Proto, the last of X-Forwarded-For, X-Request-ID.
TRUST_PROXY = env.flag("TRUST_PROXY", default=False)

# The upstream
SENDGRID_API_URL = env.upstream_url(
    "SENDGRID_API_URL", default="https://api.sendgrid.com/api/distributor.manage"
)
SENDGRID_API_FORMAT = env.choice("SENDGRID_API_FORMAT", default="json", options=("json", "xml"))
SENDGRID_API_USER = env.text("SENDGRID_API_USER")
SENDGRID_API_KEY = env.text("SENDGRID_API_KEY")
SENDGRID_CONNECT_TIMEOUT = env.number("SENDGRID_CONNECT_TIMEOUT", default=5)
SENDGRID_READ_TIMEOUT = env.number("SENDGRID_READ_TIMEOUT", default=30)
SENDGRID_DEADLINE = env.number("SENDGRID_DEADLINE", default=60)
SENDGRID_MAX_ANSWER_MB = env.number("SENDGRID_MAX_ANSWER_MB", default=64)
SENDGRID_RATE_PER_MINUTE = env.whole("SENDGRID_RATE_PER_MINUTE", default=600)
# Calls that a worker process makes at once, and how long (seconds) one that was asked for waits to be sent.
SENDERS = env.whole("SENDERS", default=4)
SEND_WITHIN = env.number("SEND_WITHIN", default=60)
SENDGRID_CA_BUNDLE = env.text("SENDGRID_CA_BUNDLE", default="")
SENDGRID_PROXY = env.text("SENDGRID_PROXY", default="")
REFRESH_SECONDS = env.number("REFRESH_SECONDS", default=300)
MONITOR_EMAIL_DOMAINS = [domain.lower().lstrip("@") for domain in env.words("MONITOR_EMAIL_DOMAINS")]

_GROUPS = ("Administrators", "Account managers", "Support", "Auditors")
# How many changes one plan may have, by role.
PLAN_LIMITS = env.limits(
    "PLAN_LIMITS", default="Support=25,Account managers=10000,Administrators=10000", of=_GROUPS
)

# Of one person, in each process of the web.
REQUESTS_PER_MINUTE = env.whole("REQUESTS_PER_MINUTE", default=1200)
# Until when a request's header, and then its body, must have come.
HEADER_SECONDS = env.number("HEADER_SECONDS", default=10)
BODY_SECONDS = env.number("BODY_SECONDS", default=60)

# Where numbers are asked for with this word, all processes of the machine keep theirs in one folder. The library
# that counts reads its place from the environment when it is imported, which is later than this.
METRICS_TOKEN = env.word("METRICS_TOKEN", least=20)
METRICS_DIR = Path(env.text("METRICS_DIR", default=str(VAR_DIR / "metrics")))
if METRICS_TOKEN:
    files.make_private(METRICS_DIR)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

PACE = Pace()
# Ends of calls that no database took; the next process records them.
SPOOL_DIR = Path(env.text("SPOOL_DIR", default=str(VAR_DIR / "spool")))

REQUIRE_REASON = frozenset(env.subset("REQUIRE_REASON", of=("create", "edit", "delete", "append", "detach")))
_ROLES = ("administrators", "account-managers", "support")
_UNTIL = r"[1-9]\d{0,2}[hdw]|today|none"
DEFAULT_UNTIL = env.by_role("DEFAULT_UNTIL", default="3d", roles=_ROLES, of=_UNTIL)
LONGEST_UNTIL = env.by_role("LONGEST_UNTIL", default="none", roles=_ROLES, of=_UNTIL)
REVIEW_DAYS = env.whole("REVIEW_DAYS", default=90)
TICKET_URL = env.text("TICKET_URL", default="")
TICKET_PATTERN = env.pattern("TICKET_PATTERN", default=USUAL_TICKET)
if TICKET_URL and not (TICKET_URL.startswith(("https://", "http://")) and "{id}" in TICKET_URL):
    env.stop("TICKET_URL", "must be an http(s) URL with {id} where the ticket's number goes")

INSTALLED_APPS = [
    "config.admin_site.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_filters",
    "huey.contrib.djhuey",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "monitors",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CompressedPages",
    "config.middleware.request_id",
    "config.middleware.client_address",
    "config.observation.Observation",
    "config.middleware.security_headers",
    "config.moderation.bounded_bodies",
    "config.middleware.readers_clock",
    "config.middleware.own_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.session_limits.IdleLimit",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "config.moderation.Moderation",
    "config.session_limits.SecondFactorRequired",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.acting_person",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "config.template_loader.Cached",
                    ["config.template_loader.Ours", "config.template_loader.OfLibraries"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "monitors.views.frame.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

ALLOW_PLAIN_DATABASE = env.flag("ALLOW_PLAIN_DATABASE", default=False)
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        default=f"sqlite:///{VAR_DIR / 'desk.sqlite3'}",
        is_plain_allowed=ALLOW_PLAIN_DATABASE,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    files.keep_private(DATABASES["default"]["NAME"], own_folder=VAR_DIR)
    # The last connection that closes takes the write-ahead log away, and a full disk would not let the next one begin
    # another: nothing could be read.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 10,
        "transaction_mode": "IMMEDIATE",
        # FULL: an operation must be on the disk before its call leaves, through a power cut too.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
QUEUE_URL = env.without_eavesdroppers(
    "QUEUE_URL", default=f"sqlite:///{VAR_DIR / 'queue.sqlite3'}", is_plain_allowed=ALLOW_PLAIN_DATABASE
)
HUEY = queue.engine(QUEUE_URL)
if QUEUE_URL.startswith("sqlite:"):
    files.keep_private(HUEY["connection"]["filename"], own_folder=VAR_DIR)

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.text("TIME_ZONE", default="UTC")
USE_I18N = False
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static.CollectedFiles"
    },
}

# Signing in: docs/security.md.
PASSWORD_HASHERS = ["config.hashers.YieldingPBKDF2"]
AUTHENTICATION_BACKENDS = ["monitors.services.rights.PeopleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "monitors.services.passwords.NotOfTheDesk"})
AUTH_PASSWORD_VALIDATORS.append(
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
)
# What was breached elsewhere: a file or a folder on this machine, asked of nobody.
BREACHED_PASSWORDS = env.breached_passwords("BREACHED_PASSWORDS")
if BREACHED_PASSWORDS:
    AUTH_PASSWORD_VALIDATORS.append(
        {"NAME": "monitors.services.passwords.NotBreached", "OPTIONS": {"path": BREACHED_PASSWORDS}}
    )
SESSION_ENGINE = "monitors.services.sessions"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_IDLE_SECONDS = int(timedelta(minutes=30).total_seconds())
# How long a password or a second factor counts as fresh.
FRESH_SECONDS = int(timedelta(minutes=10).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
# A browser takes a cookie of this prefix from this very host alone, over TLS.
_HOST = "__Host-" if HTTPS_ONLY else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}sessionid", f"{_HOST}csrftoken"
SEEN_COOKIE_NAME = f"{_HOST}seen"
# Roles that come in with a second factor alone.
REQUIRE_MFA = env.roles("REQUIRE_MFA", default=() if DEBUG else ("Administrators", "Auditors"), of=_GROUPS)
ACCOUNT_ADAPTER = "monitors.views.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_MIN_LENGTH = None
ACCOUNT_REAUTHENTICATION_TIMEOUT = FRESH_SECONDS
# Passwords have limits of their own (services/sign_ins.py); these are of whoever has shown a password already.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "change_password": "10/15m/user",
    "reauthenticate": "20/15m/user",
}
ACCOUNT_FORMS = {
    "login": "monitors.forms.SignInForm",
    "reauthenticate": "monitors.forms.PasswordAgainForm",
}
MFA_FORMS = {
    "authenticate": "monitors.forms.CodeForm",
    "reauthenticate": "monitors.forms.CodeAgainForm",
    "activate_totp": "monitors.forms.ActivateAppForm",
    "add_webauthn": "monitors.forms.passkeys.AddPasskeyForm",
    "login_webauthn": "monitors.forms.passkeys.PasskeySignInForm",
}
MFA_ADAPTER = "monitors.views.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up with an address here
MFA_REAUTHENTICATION_REQUIRED = False  # views/access.py asks for it
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Monitor Desk"
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": None}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS_ONLY
USERSESSIONS_TRACK_ACTIVITY = False
# Codes that were used and attempts at them: shared by all processes.
CACHES = {
    "default": {
        "BACKEND": "config.cache.JsonCache",
        "LOCATION": "monitors_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# Single sign-on: off without an issuer.
OIDC_ISSUER = env.secure_url("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", default=None if OIDC_ISSUER else "")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET", default=None if OIDC_ISSUER else "")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUP_MAP = env.role_map("OIDC_GROUP_MAP", of=_GROUPS)
SOCIALACCOUNT_ADAPTER = "monitors.views.adapters.SsoAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if OIDC_ISSUER:
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")  # loads an HTTP client
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {  # the address by which it comes back: /accounts/oidc/sso/login/callback/
            "provider_id": "sso",
            "name": "single sign-on",
            "client_id": OIDC_CLIENT_ID,
            "secret": OIDC_CLIENT_SECRET,
            "settings": {"server_url": OIDC_ISSUER.rstrip("/"), "fetch_userinfo": False},
        }
    )
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS", default=False)
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
CSRF_FAILURE_VIEW = "monitors.views.errors.form_expired"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
X_FRAME_OPTIONS = "DENY"

# Reminders by e-mail: off without a host.
EMAIL_HOST = env.text("EMAIL_HOST", default="")
EMAIL_PORT = env.whole("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", default="")
# Encrypted unless a setting says otherwise, or nobody is on the way; port 465 begins with TLS, others turn to it.
MAIL_TLS = env.flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST) and not env.is_loopback(EMAIL_HOST))
EMAIL_USE_SSL = MAIL_TLS and EMAIL_PORT == env.MAIL_OVER_TLS
EMAIL_USE_TLS = MAIL_TLS and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", default="monitor-desk@localhost")
DESK_URL = env.http_url("DESK_URL", default="http://localhost:8000")

LOG_LEVEL = env.choice("LOG_LEVEL", default="info", options=("debug", "info", "warning", "error")).upper()
LOG_FORMAT = env.choice("LOG_FORMAT", default="console" if DEBUG else "json", options=("console", "json"))
LOGGING = logs.configuration(
    kind=LOG_FORMAT,
    level=LOG_LEVEL,
    secrets=(SENDGRID_API_KEY, SECRET_KEY, *SECRET_KEY_FALLBACKS, METRICS_TOKEN, EMAIL_HOST_PASSWORD),
)

SILENCED_SYSTEM_CHECKS = [
    "models.W040",  # SQLite's index has no columns beside its own; it needs none
    "security.W021",  # a browser's list of preloaded hosts is for whole domains, and is not the desk's to ask for
]

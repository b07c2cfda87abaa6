"""All settings, read from the environment once and failing with help.

Development and the demonstration set DEBUG=1; everything else is the hard, production shape.
`.env.example` lists every variable with its meaning.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


def switched_on(name: str, *, default: bool = False) -> bool:
    """Say whether an on/off variable is on: 1, true, yes or on, in any case."""
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def must_have(name: str, help_text: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}. {help_text}")
    return value


# --- What kind of run this is -------------------------------------------------------------------

DEBUG = switched_on("DEBUG")
DEMONSTRATION = switched_on("DEMO")
if DEMONSTRATION and not DEBUG:
    raise ImproperlyConfigured(
        "DEMO=1 lets anybody sign in as anybody, so it needs DEBUG=1. Take DEMO away in production."
    )
HTTPS = switched_on("HTTPS", default=not DEBUG)
STATE = Path(os.environ.get("STATE") or BASE_DIR / ".local").resolve()

SECRET_KEY = (
    os.environ.get("SECRET_KEY", "only-for-development-never-for-people-0123456789-abcdefghij")
    if DEBUG
    else must_have("SECRET_KEY", "A long random text that stays the same between restarts.")
)
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
RECEIPT_KEY = os.environ.get("RECEIPT_KEY", "") or (
    SECRET_KEY
    if DEBUG
    else must_have("RECEIPT_KEY", "A long random text that never changes: receipt codes need it.")
)
"""Residents' receipt codes are kept as an HMAC under this key. Never change it: codes live for years."""
ALLOWED_HOSTS = (
    os.environ.get("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]")
    if DEBUG
    else must_have("ALLOWED_HOSTS", "The names people reach it by, separated by spaces.")
).split()
SITE_ADDRESS = (
    os.environ.get("SITE_ADDRESS", "http://127.0.0.1:8000")
    if DEBUG
    else must_have("SITE_ADDRESS", "For example https://portal.example.org, for links in letters.")
).rstrip("/")
"""Where people reach the portal, for links in letters, which are written outside any request."""

# --- Names people see ----------------------------------------------------------------------------

SERVICE_NAME = os.environ.get("SERVICE_NAME", "Anchor Portal")
PROGRAMME_NAME = os.environ.get("PROGRAMME_NAME", "South East London Anchor System programme")
ORG_NAME = os.environ.get("ORG_NAME", "NHS South East London")
SITE_NHS_LOGO = switched_on("SITE_NHS_LOGO")
CONTACT_EMAIL = os.environ.get("CONTACT_EMAIL", "anchors@example.org")
CONTACT_PHONE = os.environ.get("CONTACT_PHONE", "020 7946 0100")

# --- Apps and the way of a request ---------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "csp",
    "pgtrigger",
    "core",
    "accounts",
    "audit",
    "notifications",
    "anchors",
    "events",
    "listening",
    "pledges",
    "housing",
    "spaces",
    "home",
]

MIDDLEWARE = [
    "core.middleware.Outermost",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ContentPolicy",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "home.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "home.middleware.SecondFactorRequired",
    "home.middleware.EnglishUntilTranslated",
    "core.middleware.OurPagesEverywhere",
    "core.middleware.RefusedFormsSaySo",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# What people type without a scheme is taken for https, as Django 6 does by itself.
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

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
                "django.template.context_processors.i18n",
                "core.context.site",
                "home.context.navigation",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ["nhsuk"]
CRISPY_TEMPLATE_PACK = "nhsuk"

# --- Postgres and Redis --------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **dj_database_url.parse(
            must_have(
                "DATABASE_URL",
                "For example postgres://name:password@host:5432/anchors. "
                "`make run` starts a database of its own and sets it.",
            ),
        ),
        "ATOMIC_REQUESTS": False,
        "TEST": {
            "NAME": os.environ.get("TEST_DB", "test_anchors"),
            "TEMPLATE": os.environ.get("TEST_TEMPLATE") or None,
        },
    }
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
)
if switched_on("DB_POOL"):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 10, "timeout": 5}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
# With a pool too: a connection that Postgres dropped is noticed before somebody's page needs it.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = must_have("REDIS_URL", "For example redis://host:6379/0. `make run` starts one itself.")
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": os.environ.get("TEST_DB", "anchors"),
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

# --- Sign-in -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:waiting"
LOGOUT_REDIRECT_URL = "home:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60

ACCOUNT_ADAPTER = "home.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# A password is not needed: a code by e-mail is the ordinary way in.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_FORMS = {
    "change_password": "accounts.forms.sign_in.ChangePasswordForm",
    "add_email": "accounts.forms.sign_in.ChangeEmailForm",
    "confirm_email_verification_code": "accounts.forms.sign_in.ConfirmEmailForm",
    "confirm_login_code": "accounts.forms.sign_in.ConfirmCodeForm",
    "confirm_password_reset_code": "accounts.forms.sign_in.ConfirmResetForm",
    "login": "accounts.forms.sign_in.SignInForm",
    "reauthenticate": "accounts.forms.sign_in.PasswordAgainForm",
    "request_login_code": "accounts.forms.sign_in.AskForCodeForm",
    "reset_password": "accounts.forms.sign_in.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.sign_in.NewPasswordForm",
    "set_password": "accounts.forms.sign_in.SetPasswordForm",
    "signup": "accounts.forms.sign_in.SignUpForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
# Long enough for a letter that waits in the outbox; three wrong codes end it sooner.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    # A trust or a library shares one address, so limits by address are loose and by account tight.
    "login": "30/m/ip",
    "login_failed": "30/5m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,3/h/key",
    "request_login_code": "20/m/ip,3/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
MFA_ADAPTER = "home.adapter.SecondStepAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.second_step.StartAppForm",
    "add_webauthn": "accounts.forms.second_step.AddPasskeyForm",
    "authenticate": "accounts.forms.second_step.SecondStepForm",
    "authenticate_webauthn": "accounts.forms.second_step.SecondStepByPasskeyForm",
    "edit_webauthn": "accounts.forms.second_step.NamePasskeyForm",
    "login_webauthn": "accounts.forms.second_step.SignInByPasskeyForm",
    "reauthenticate": "accounts.forms.second_step.SecondStepAgainForm",
    "reauthenticate_webauthn": "accounts.forms.second_step.SecondStepAgainByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SERVICE_NAME
MFA_TRUST_ENABLED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
# Where somebody is signed in is noted at sign-in; noting every request would make each page a write.
USERSESSIONS_TRACK_ACTIVITY = False

# --- Cookies, headers, limits --------------------------------------------------------------------

_HOST = "__Host-" if HTTPS else ""
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"{_HOST}sid"
SESSION_COOKIE_AGE = 8 * 60 * 60
# A shared computer in a library forgets when its browser is closed; the server forgets after 8 hours.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{_HOST}csrf"
CSRF_COOKIE_AGE = None  # Gone with the browser, like the others.
LANGUAGE_COOKIE_NAME = f"{_HOST}lang"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if switched_on("BEHIND_TLS_PROXY") else None
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-report/",
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 5
LARGEST_REQUEST = 32 * 1024 * 1024
"""Files included. A picture that is too big is refused in words beside its field, up to this size."""

# --- Mail ----------------------------------------------------------------------------------------

MAIL_FOLDER = os.environ.get("MAIL_FOLDER", str(STATE / "mail") if DEBUG else "")
"""When set, letters are written into this folder as files instead of leaving by SMTP."""
if MAIL_FOLDER and not os.environ.get("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_FOLDER
EMAIL_HOST = (
    os.environ.get("EMAIL_HOST", "localhost")
    if MAIL_FOLDER
    else must_have("EMAIL_HOST", "The server that letters leave by.")
)
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = switched_on("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"{SERVICE_NAME} <portal@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
NOTIFICATIONS_SENDER = "notifications.senders.SmtpSender"

# --- Rules that a programme may set --------------------------------------------------------------

BOOKING_REMINDERS_HOURS_AHEAD = [7 * 24, 24]
EVENT_REMINDERS_HOURS_AHEAD = [7 * 24, 24]
DECIDE_BOOKINGS_WITHIN_WORKING_DAYS = 5
DECIDE_APPEALS_WITHIN_WORKING_DAYS = 10
HOLD_MINUTES = int(os.environ.get("HOLD_MINUTES", "10"))
"""How long a room is kept for whoever fills in the form."""
MOST_UNDECIDED_REQUESTS = int(os.environ.get("MOST_UNDECIDED_REQUESTS", "20"))
"""Of one group at one time. Each holds its room until somebody decides."""
BOOKING_LETTERS_PER_HOUR = int(os.environ.get("BOOKING_LETTERS_PER_HOUR", "10"))
"""How often in an hour one booking may be changed, asked about or written about: each time, people
have letters."""
MOST_INVITATIONS_A_DAY = int(os.environ.get("MOST_INVITATIONS_A_DAY", "10"))
"""Of one group, so that nobody writes to strangers in its name."""
MOST_LETTERS_TO_STRANGERS_A_DAY = int(os.environ.get("MOST_LETTERS_TO_STRANGERS_A_DAY", "6"))
"""That one person has us write for groups nobody has approved: invitations, and to referees."""
MOST_UNDECIDED_GROUPS = int(os.environ.get("MOST_UNDECIDED_GROUPS", "2"))
"""That one person has registered and nobody has decided about."""
LISTENING_RESPONSES_PER_MINUTE = int(os.environ.get("LISTENING_RESPONSES_PER_MINUTE", "5"))
# From everybody together, so that many addresses do not flood the figures either.
LISTENING_RESPONSES_PER_HOUR = int(os.environ.get("LISTENING_RESPONSES_PER_HOUR", "200"))

# --- Language and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt", _("Portuguese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/London"

# --- Static files --------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Straight from the sources while developing and in tests; from STATIC_ROOT otherwise.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Celery: Redis only says "look now"; what is to be done is a row in Postgres -------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    # Whoever says "look now" waits at most this long for a Redis that is away, and tries once.
    "socket_connect_timeout": 1,
    "socket_timeout": 1.5,
    "max_retries": 0,
    "global_keyprefix": os.environ.get("TEST_DB", ""),
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_ACCEPT_CONTENT = ["json"]

# --- Logs: no query strings, no bodies, no addresses ----------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "core.logs.WithoutSecrets"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["without_secrets"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "django.server": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

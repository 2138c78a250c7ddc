"""Settings for development, demonstration and production.

Everything that differs between machines comes from the environment; in development the generated
`var/keys.env` stands in for it. Production refuses to start without its own keys (`check_production`).
"""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("TALENT_VAR", BASE_DIR / "var"))


def _read_keys(path: Path) -> None:
    """Put KEY=value lines of `path` into the environment; what is already set wins."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            key, separator, value = line.strip().partition("=")
            if separator and not key.startswith("#"):
                os.environ.setdefault(key, value)


def _flag(name: str, default: str = "0") -> bool:
    return os.environ.get(name, default) == "1"


PRODUCTION = _flag("PRODUCTION")
if not PRODUCTION:
    _read_keys(VAR / "keys.env")


def _secret(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise ImproperlyConfigured(
            f"缺少密钥 {name}：开发环境请先运行 make setup 生成 var/keys.env，生产环境请在环境变量中提供。"
        ) from None


DEBUG = _flag("DEBUG")
DEMO = _flag("DEMO") and not PRODUCTION
SECRET_KEY = _secret("SECRET_KEY")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

# --- personal data: see talent/core/crypto/ -----------------------------------------------------
# FIELD_KEYS is a space separated list of `id:base64`; the current one seals, the others only open.
FIELD_KEYS = dict(pair.split(":", 1) for pair in _secret("FIELD_KEYS").split())
FIELD_KEY_CURRENT = os.environ.get("FIELD_KEY_CURRENT", next(iter(FIELD_KEYS)))
BLIND_INDEX_KEY = _secret("BLIND_INDEX_KEY")
# The seals of the audit chain, in the same form; an installation with a single AUDIT_SEAL_KEY calls it `a1`.
AUDIT_SEAL_KEYS = dict(
    pair.split(":", 1)
    for pair in (os.environ.get("AUDIT_SEAL_KEYS") or f"a1:{_secret('AUDIT_SEAL_KEY')}").split()
)
AUDIT_SEAL_KEY_CURRENT = os.environ.get("AUDIT_SEAL_KEY_CURRENT", next(iter(AUDIT_SEAL_KEYS)))

# --- who asks: see talent/core/services/origin.py -------------------------------------------------
# Addresses or networks of our own reverse proxies, and `unix` for one that connects through a socket.
TRUSTED_PROXIES = [proxy for proxy in os.environ.get("TRUSTED_PROXIES", "").split(",") if proxy]

INSTALLED_APPS = [
    "talent.config.apps.CoreConfig",
    "talent.config.apps.GreenChannelConfig",
    "talent.config.apps.PlacementsConfig",
    "talent.config.apps.HousingConfig",
    "talent.config.apps.WorkflowsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "talent.config.apps.StaticFilesConfig",
    "django.forms",
    "guardian",
    "viewflow",
    "viewflow.workflow",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "workflows.doorkeeper.Doorkeeper",
    "axes.middleware.AxesMiddleware",
]
# Viewflow's Turbo middleware answers a form page with 422 and is not wanted; see ADR 0002.
VIEWFLOW = {"AUTOREGISTER": False}

ROOT_URLCONF = "talent.config.urls"
WSGI_APPLICATION = "talent.config.wsgi.application"
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
                "workflows.chrome.page",
            ],
        },
    },
]

# --- database: SQLite for one machine, PostgreSQL by DATABASE_URL (ADR 0009) ---------------------
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'db.sqlite3'}", conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Without IMMEDIATE two writers that both read first end in "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # recursive_triggers: INSERT OR REPLACE would otherwise slip past the append-only triggers.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        ),
    }
    # The races in the tests need a file: an in-memory database is shared and answers "table is locked".
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}
else:
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c lock_timeout=8s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- people and sign-in --------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
ANONYMOUS_USER_NAME = None
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "talent.core.services.signin.CharacterClassesValidator"},
    {"NAME": "talent.core.services.signin.PasswordHistoryValidator", "OPTIONS": {"remember": 5}},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home_after_login"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 30 * 60
# A worklist is read many times before anything is written: renewing the session is done by the
# doorkeeper at most once every five minutes, not on each GET.
SESSION_SAVE_EVERY_REQUEST = False
# At a shared computer closing the browser is the end; the half hour is kept by the server all the same.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ABSOLUTE_SECONDS = 8 * 60 * 60
# Five failures lock the account and address for half an hour (等保2.0 三级 8.1.4.1 b).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "password"]
AXES_VERBOSE = False
# People type identity numbers into the name field: axes' tables keep no name that is no account's, and no log
# beside the audit chain.
AXES_USERNAME_CALLABLE = "talent.core.services.signin.name_to_lock"
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "talent.core.services.origin.client_address"
# One-time codes: asked of every post with `Role.mandatory_second_factor` (等保2.0 三级 8.1.4.1 d).
SECOND_FACTOR = _flag("SECOND_FACTOR", "1" if PRODUCTION else "0")

# --- what workers share: nothing is kept in one process only --------------------------------------
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    if PRODUCTION
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- language, time ------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"] if (BASE_DIR / "locale").exists() else []

# --- files ---------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# Draw letters right after the act; where a worker runs `tick` every minute it may be left to it.
LETTERS_AT_ONCE = _flag("LETTERS_AT_ONCE", "1")
# Uploads and letters: outside the web root, served only by views that ask `visible_to`.
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR / "media"))
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o640
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
# Path of clamd's unix socket; uploads are then scanned and refused while it does not answer.
CLAMD_SOCKET = os.environ.get("CLAMD_SOCKET") or None
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FONTCONFIG_FILE = VAR / "fontconfig" / "fonts.conf"
if FONTCONFIG_FILE.exists():
    os.environ.setdefault("FONTCONFIG_FILE", str(FONTCONFIG_FILE))

# --- mail: development keeps messages in a folder -------------------------------------------------
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "noreply@localhost")

# --- safety headers ------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "workflows.doorkeeper.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = _flag("SECURE_SSL_REDIRECT", "1")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# --- logging: never a request body, never `locals()` ---------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}

# --- this city -----------------------------------------------------------------------------------
SITE = {
    "city": os.environ.get("SITE_CITY", "济宁"),
    "name": os.environ.get("SITE_NAME", "济宁市人才服务平台"),
    "organ": os.environ.get("SITE_ORGAN", "中共济宁市委组织部"),
    "hotline": os.environ.get("SITE_HOTLINE", "12345"),
    "address": os.environ.get("SITE_ADDRESS", "http://127.0.0.1:8000"),
    "source": os.environ.get("SITE_SOURCE", "/source/"),
}
# Where the source of this very version is offered (AGPL-3.0 section 13); a deployment names its own.
SOURCE_ADDRESS = os.environ.get("SOURCE_ADDRESS", "")
# The letters and the public pages wear a 示例·待确认 mark until the city confirms its edition.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

"""One query and one small template a page. `/search` is raw SQL, `/list` is 50 rows by the ORM."""

import os
from datetime import datetime
from typing import Any

import dj_database_url
import django
from django.conf import settings

TEMPLATE = """<!doctype html><title>Spaces</title>
<ul>{% for space in spaces %}
<li><a href="/spaces/{{ space.slug }}/">{{ space.name }}</a>, {{ space.site }}</li>{% endfor %}
</ul>"""

settings.configure(
    SECRET_KEY="only-for-measuring",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LOGGING_CONFIG=None,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"list.html": TEMPLATE})],
                    )
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            **dj_database_url.parse(os.environ["DATABASE_URL"]),
            "OPTIONS": {"pool": {"min_size": 2, "max_size": 10, "timeout": 5}},
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402

from bench import raw  # noqa: E402

MOMENTS = ("starts_at", "ends_at")


class Site(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "spaces_site"

    def __str__(self) -> str:
        return self.name


class Space(models.Model):
    name = models.TextField()
    slug = models.TextField()
    site = models.ForeignKey(Site, models.DO_NOTHING)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "spaces_space"

    def __str__(self) -> str:
        return self.name


def search(request: HttpRequest) -> HttpResponse:
    """The filtered search. The address carries what the statement needs."""
    asked: dict[str, Any] = dict(request.GET.items())
    for name, value in asked.items():
        if name in MOMENTS:
            asked[name] = datetime.fromisoformat(value)
        elif value.isdecimal():
            asked[name] = int(value)
    with connection.cursor() as cursor:
        cursor.execute(raw.FILTERED, asked)
        spaces = [
            {"name": name, "site": site, "slug": slug}
            for _id, name, _seats, site, slug in cursor.fetchall()
        ]
    return render(request, "list.html", {"spaces": spaces})


def listed(request: HttpRequest) -> HttpResponse:
    spaces = [
        {"name": one.name, "site": one.site.name, "slug": one.slug}
        for one in Space.objects.select_related("site").order_by("name")[:50]
    ]
    return render(request, "list.html", {"spaces": spaces})


urlpatterns = [path("search", search), path("list", listed)]
application = get_wsgi_application()

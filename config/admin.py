"""The admin site: the same door as every other page."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.utils.decorators import method_decorator


class PortalAdminSite(admin.AdminSite):
    site_header = f"{settings.SERVICE_NAME} administration"
    site_title = site_header
    index_title = "Tables"

    # Django's own sign-in page would go round the second factor and the limits on guessing.
    login = method_decorator(secure_admin_login)(admin.AdminSite.login)

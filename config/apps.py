from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Django's admin behind the portal's own sign-in, second factor included."""

    default_site = "config.admin.PortalAdminSite"

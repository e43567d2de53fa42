from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the checks and the commands that concern the product as a whole."""

    name = "config"

    def ready(self) -> None:
        from config import checks, loading  # noqa: F401  (checks: registers them)

        # The last of INSTALLED_APPS.
        loading.is_over()

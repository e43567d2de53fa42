from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the checks and the commands that concern the product as a whole."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers them)

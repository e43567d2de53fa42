from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Plugs the alarm clock into the planning, and the texts into the opening of a store and the coming and going of
    staff."""

    name = "messaging"

    def ready(self) -> None:
        from crm import ports as crm_ports
        from crm.models import Store
        from messaging import ports, tasks
        from messaging.planning import signing
        from messaging.wording import load_default_templates

        def give_texts(store: Store, playbook: str) -> None:
            load_default_templates(store.organization)

        crm_ports.store_opened.append(give_texts)
        crm_ports.staff_came_or_went.append(signing.sign_anew)
        ports.alarm = tasks.wake

from django.apps import AppConfig


class FunnelConfig(AppConfig):
    """Gives each new store its playbook, and texts the facts of their visits."""

    name = "funnel"

    def ready(self) -> None:
        from crm import ports
        from crm.models import Store
        from funnel import answering, departure, erasing, past_visits, playbooks
        from messaging import ports as text_ports

        def give_playbook(store: Store, playbook: str) -> None:
            for shipped in playbooks.shipped():
                playbooks.load(shipped)
            playbooks.follow(store_id=store.pk, key=playbook)

        ports.store_opened.append(give_playbook)
        ports.people_erased.append(erasing.forget)
        text_ports.planners.append(departure.plan_anew)
        text_ports.answerers.append(answering.who_answers)
        text_ports.appointments.append(answering.has_appointment)
        text_ports.visit_tellers.append(past_visits.visits_of)

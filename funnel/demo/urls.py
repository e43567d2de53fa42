"""The demo's addresses; config/urls.py names them in demo mode alone."""

from django.urls import path

from funnel.demo import views

urlpatterns = [
    path("demo", views.demo, name="demo"),
    path("demo/phone", views.phone, name="demo_phone"),
    path("demo/state", views.state, name="demo_state"),
    path("demo/jump", views.jump, name="demo_jump"),
    path("demo/kill-worker", views.kill_worker, name="demo_kill_worker"),
    path("demo/rules", views.switch_rules, name="demo_rules"),
    path("demo/answer", views.answer, name="demo_answer"),
    path("demo/enter", views.enter, name="demo_enter"),
]

from tests.conftest import ANAS_PIN
def test_smoke(tablet, ana, manager_client):
    print(tablet.get("/session").json())
    r = tablet.sign_in(ana, ANAS_PIN); print(r.status_code, r.content)
    r = tablet.post("/numbers/check", {"number":"212 555 0123","country":"US"}); print(r.status_code, r.content)
    print(tablet.get("/session").json())
    print(manager_client.get("/session").json())

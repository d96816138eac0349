"""What verifying and changing an e-mail address promise."""

import httpx
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, Login, Mails, Register


async def verify(public: httpx.AsyncClient, token: str) -> httpx.Response:
    return await public.post("/v1/auth/verify-email", json={"token": token})


async def test_registering_mails_a_link_that_verifies(
    public: httpx.AsyncClient, register: Register, mails: Mails, kafka: Kafka
) -> None:
    """Until it is used the address is not verified; it is good once, and an event tells of it."""
    user = await register("Grace Hopper")
    assert (await user.http.get("/v1/me")).json()["email_verified_at"] is None
    [mail] = await mails(user.email)
    assert (mail["template"], mail["user_id"]) == ("verify_email", str(user.id))
    assert (await verify(public, mail["token"])).status_code == 204
    me = (await user.http.get("/v1/me")).json()
    assert me["email_verified_at"] is not None
    assert me["version"] == 2
    again = await verify(public, mail["token"])
    assert (again.status_code, again.json()["code"]) == (422, "invalid-token")

    async def published() -> bool:
        seen = await kafka.read("warehouse.auth.user.v1")
        updated = [
            one.payload for one in seen if one.key == str(user.id) and "changes" in one.payload
        ]
        assert [list(one["changes"]) for one in updated] == [["email_verified_at"]]
        return updated[0]["email_verified_at"] is not None

    assert await eventually(published)


async def test_another_mail_is_sent_when_asked_for(
    public: httpx.AsyncClient, register: Register, mails: Mails
) -> None:
    """Up to three, then one in five minutes; none once the address is verified."""
    user = await register()
    client = user.http
    answers = [await client.post("/v1/me/verify-email") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert answers[-1].json()["detail"] == "Try again in 5 minutes."
    assert 200 < int(answers[-1].headers["retry-after"]) <= 300
    sent = await mails(user.email, "verify_email")
    assert len(sent) == 4
    assert (await verify(public, sent[0]["token"])).status_code == 204
    assert (await verify(public, sent[1]["token"])).status_code == 422
    verified = await client.post("/v1/me/verify-email")
    assert (verified.status_code, verified.json()["code"]) == (409, "already-verified")


async def test_a_new_address_takes_the_password_and_is_verified_anew(
    public: httpx.AsyncClient, register: Register, login: Login, mails: Mails
) -> None:
    """The old address is told, and its links are good no more; one signs in with the new one."""
    user = await register()
    [first] = await mails(user.email)
    assert (await verify(public, first["token"])).status_code == 204
    new = f"new-{user.email}"
    body = {"email": new, "password": "not the password"}
    wrong = await user.http.put("/v1/me/email", json=body)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password")
    body["password"] = PASSWORD
    answer = await user.http.put("/v1/me/email", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["email"], answer.json()["email_verified_at"]) == (new, None)
    [warning] = await mails(user.email, "security")
    assert warning["facts"]["what"] == "email_changed"
    [mail] = await mails(new)
    assert mail["template"] == "verify_email"
    assert (await verify(public, mail["token"])).status_code == 204
    await login(new)
    old = {"email": user.email, "password": PASSWORD}
    assert (await public.post("/v1/auth/login", json=old)).status_code == 401


async def test_links_to_an_old_address_are_good_no_more(
    public: httpx.AsyncClient, register: Register, mails: Mails
) -> None:
    user = await register()
    body = {"email": f"new-{user.email}", "password": PASSWORD}
    [mail] = await mails(user.email)
    assert (await user.http.put("/v1/me/email", json=body)).status_code == 200
    assert (await verify(public, mail["token"])).status_code == 422
    assert (await user.http.get("/v1/me")).json()["email_verified_at"] is None


async def test_an_address_that_somebody_has_is_refused(register: Register, mails: Mails) -> None:
    """409 that names the field; nothing changes, and no mail is sent. Three of them, then one in
    five minutes: nobody asks for every address there is."""
    user, other = await register(), await register()
    body = {"email": other.email.upper(), "password": PASSWORD}
    for _ in range(3):
        answer = await user.http.put("/v1/me/email", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")
        assert answer.json()["errors"][0]["field"] == "email"
    assert (await user.http.put("/v1/me/email", json=body)).status_code == 429
    assert (await user.http.get("/v1/me")).json()["email"] == user.email
    assert await mails(user.email, "security") == []

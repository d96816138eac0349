"""What each process of the embedded start finds in its environment."""

from dataclasses import replace

from warehouse.environment import Platform
from warehouse.registry import EVERYTHING, GATEWAY, SERVICES

SECRETS = {
    "WAREHOUSE_IDENTITY_PUBLIC_KEY": "public",
    "WAREHOUSE_IDENTITY_PRIVATE_KEY": "private",
    "AUTH_SIGNING_KEYS": "signing",
    "AUTH_ENCRYPTION_KEYS": "encryption",
    "WAREHOUSE_MAIL_KEYS": "mail",
}


def platform(**base: str) -> Platform:
    return Platform(
        base=base,
        secrets=SECRETS,
        bootstrap_servers="127.0.0.1:9092",
        databases={name: (f"postgresql://{name}", "") for name in SERVICES},
        ports={name: 8000 + number for number, name in enumerate(EVERYTHING)},
        gateway_host="127.0.0.1",
        mail_folder="/home/mail",
        attachments_url="file:///home/attachments",
    )


def test_a_process_finds_its_own_and_nobody_elses() -> None:
    found = platform(LOANS_CLOCK_INTERVAL="1", CATALOG_CLOCK_INTERVAL="2").of(["loans"])
    assert found["LOANS_CLOCK_INTERVAL"] == "1"
    assert "CATALOG_CLOCK_INTERVAL" not in found
    assert "WAREHOUSE_IDENTITY_PRIVATE_KEY" not in found
    assert platform().of([GATEWAY])["WAREHOUSE_IDENTITY_PRIVATE_KEY"] == "private"


def test_the_apis_page_fills_in_a_demonstration_alone() -> None:
    assert "GATEWAY_DOCS_SIGN_IN" not in platform().of([GATEWAY])
    with_demo = replace(platform(), docs_sign_in="demo@example.org:demo")
    assert with_demo.of([GATEWAY])["GATEWAY_DOCS_SIGN_IN"] == "demo@example.org:demo"


def test_services_that_share_a_process_have_smaller_pools() -> None:
    """Unless the operator says otherwise."""
    assert "LOANS_DATABASE_POOL_SIZE" not in platform().of(["loans"])
    found = platform(AUTH_DATABASE_POOL_SIZE="9").of(EVERYTHING)
    assert (found["LOANS_DATABASE_POOL_SIZE"], found["AUTH_DATABASE_POOL_SIZE"]) == ("3", "9")


def test_mails_go_into_a_folder_until_there_is_a_server() -> None:
    """Their links lead to the gateway. The operator's own settings come first."""
    found = platform().of(["notify"])
    assert found["NOTIFY_MAIL_FOLDER"] == "/home/mail"
    assert found["WAREHOUSE_PUBLIC_URL"] == platform().gateway_url
    own = {
        "NOTIFY_MAIL_FOLDER": "/var/mail",
        "NOTIFY_SMTP_URL": "smtp://mail",
        "WAREHOUSE_PUBLIC_URL": "https://warehouse.example",
    }
    found = platform(**own).of(["notify"])
    assert {name: found[name] for name in own} == own
    assert "NOTIFY_SMTP_URL" not in platform(**own).of(["auth"])


def test_attachments_go_into_the_home_unless_the_operator_says_otherwise() -> None:
    """And nobody but catalog learns where they are, or the key to it."""
    own = {
        "CATALOG_ATTACHMENTS_URL": "s3://bucket/prefix",
        "CATALOG_ATTACHMENTS_S3_SECRET_KEY": "secret",
    }
    at_home = platform().of(["catalog"])
    assert at_home["CATALOG_ATTACHMENTS_URL"] == "file:///home/attachments"
    found = platform(**own).of(["catalog"])
    assert {name: found[name] for name in own} == own
    assert not platform(**own).of(["loans"]).keys() & own.keys()

"""Auth's own environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from services.auth.oidc.configuration import ProviderList, RedirectUris


class Settings(ServiceSettings):
    """`signing_keys`: Ed25519 private keys, base64url, comma separated, to begin with where the
    database has none: the first signs, all are published. A new one is made every
    `signing_key_days`. `encryption_keys` seal secrets in auth's own tables, `mail_keys` (shared
    with notify) those in the mails that auth has sent; both are Fernet keys, comma separated, the
    first seals. A session lives for `session_lifetime` seconds after its last renewal. The argon2id
    parameters default to OWASP's; at most `argon2_queue` passwords are hashed and wait at a time.
    Without `cookie_secure`, cookies go over plain HTTP, too (browsers take http://localhost for
    secure anyway). One address registers `registrations_per_hour` accounts. `oidc_providers` (a
    JSON list) are those that people may sign in with, `oidc_redirect_uris` (comma separated) the
    addresses that such a sign-in may come back to. With `members_need_proof`, only who has shown
    that their e-mail address is theirs can be made a member without an invitation: off where no
    mail is sent."""

    model_config = SettingsConfigDict(env_prefix="AUTH_", hide_input_in_errors=True)  # secrets

    port: int = 8101
    signing_keys: str = ""
    signing_key_days: int = Field(90, ge=1, le=3650)
    encryption_keys: str
    mail_keys: str = Field(validation_alias="WAREHOUSE_MAIL_KEYS")
    oidc_providers: ProviderList = ()
    oidc_redirect_uris: RedirectUris = ()
    session_lifetime: int = Field(30 * 24 * 3600, ge=60)
    argon2_time_cost: int = Field(2, ge=1)
    argon2_memory_kib: int = Field(19_456, ge=8)
    argon2_parallelism: int = Field(1, ge=1)
    argon2_queue: int = Field(100, ge=1)
    cookie_secure: bool = True
    registrations_per_hour: int = Field(100, ge=1)
    members_need_proof: bool = True

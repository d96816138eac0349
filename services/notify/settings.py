"""Notify's own environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Mails go to the server at `smtp_url`, else into `mail_folder`, else they are kept. A mail is
    a worker's for `mail_lease` seconds, and is tried again `mail_pause` seconds after a failure,
    twice as late after each further one. `mail_keys` (shared with auth) open what mails carry,
    `public_url` is where their links lead."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    port: int = 8105
    smtp_url: str = ""
    mail_folder: str = ""
    mail_from: str = "Warehouse <warehouse@localhost>"
    mail_lease: float = Field(60, ge=1)
    mail_pause: float = Field(5, gt=0)
    mail_keys: str = Field(validation_alias="WAREHOUSE_MAIL_KEYS")
    public_url: str = Field(
        "http://127.0.0.1:8000", validation_alias="WAREHOUSE_PUBLIC_URL", pattern=r"^https?://\S+$"
    )

"""Every setting of the server: its default and its environment variable (`INTERLUDE_…`).

The defaults run the whole product on one machine: SQLite, local disk, everything in process.
docs/configuration.md describes each setting; a test compares the two.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, Self

from ifaddr import get_adapters
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from yarl import URL

MOST_ADDRESSES = 8


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INTERLUDE_", extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="address the web server listens on")
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port; 0 takes a free one")
    public_url: str | None = Field(
        default=None,
        description="address in the browser's bar when a reverse proxy stands in front",
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="addresses or networks whose X-Forwarded-For is believed",
    )
    tls_certificate: Path | None = Field(default=None, description="PEM file, with its chain")
    tls_key: Path | None = Field(default=None, description="PEM file of the private key")
    data: Path = Field(
        default=Path("var"), description="directory of the database and all recordings"
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; SQLite under `data` if unset"
    )
    redis_url: str | None = Field(
        default=None, description="live notices through Redis; in process if unset"
    )
    media_host: str = Field(default="0.0.0.0", description="address the media port listens on")  # noqa: S104
    media_port: int = Field(
        default=0, ge=0, le=65535, description="UDP port of all media; 0 takes the number of `port`"
    )
    media_addresses: list[str] = Field(
        default_factory=list,
        description="addresses announced to browsers; those of this machine if empty",
    )
    pages: Path | None = Field(
        default=None, description="directory of the built pages; found if unset"
    )
    upload_megabytes: int = Field(
        default=500, ge=1, description="largest clip that may be uploaded"
    )
    reserve_megabytes: int = Field(
        default=500, ge=0, description="free disk space below which nothing new is taken in"
    )
    login_days: int = Field(default=30, ge=1, le=365, description="how long a login lasts")
    log_format: Literal["console", "json"] = Field(
        default="console", description="how log lines look"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least important lines that are logged"
    )

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = URL(value)
        if url.scheme not in ("http", "https") or url.host is None or url.path not in ("", "/"):
            raise ValueError("must look like https://interviews.example.org")
        return str(url.origin())

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for entry in value:
            ip_network(entry)
        return value

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self

    @property
    def secure(self) -> bool:
        """Browsers reach us over https: `Secure` cookies and HSTS."""
        if self.public_url is not None:
            return self.public_url.startswith("https:")
        return self.tls_certificate is not None

    @property
    def spool(self) -> Path:
        return self.data / "spool"

    @property
    def objects(self) -> Path:
        return self.data / "objects"

    def announced_addresses(self) -> list[str]:
        """Where browsers are told to send media: the setting, or this machine's IPv4 addresses."""
        if self.media_addresses:
            return self.media_addresses
        here = [ip.ip for adapter in get_adapters() for ip in adapter.ips if ip.is_IPv4]
        return [str(address) for address in here][:MOST_ADDRESSES]

    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'interlude.db'}"

    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(entry) for entry in self.trusted_proxies)

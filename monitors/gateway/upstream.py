"""The gateway's settings: the upstream's address, timeouts and size limits."""

from dataclasses import dataclass, field
from enum import StrEnum


class Format(StrEnum):
    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Upstream:
    """One door of the upstream. Times are in seconds, sizes in bytes after inflation.

    `url` has no extension, e.g. https://api.sendgrid.com/api/distributor.manage; the format adds it.
    A connection that was idle for longer than `max_idle` is not reused.
    `ca_bundle` is a file or directory of certificates, None for the ones of certifi; `proxy` is an http:// address.
    """

    url: str
    user: str
    key: str = field(repr=False)
    format: Format = Format.JSON
    connect_timeout: float = 5
    read_timeout: float = 30
    deadline: float = 60
    max_idle: float = 15
    max_list_bytes: int = 64 * 2**20
    max_result_bytes: int = 64 * 2**10
    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("SendGrid's address must begin with http:// or https://")
        if self.proxy and not self.proxy.startswith("http://"):
            raise ValueError("the proxy's address must begin with http://")
        if min(self.connect_timeout, self.read_timeout, self.deadline) <= 0:
            raise ValueError("SendGrid's timeouts must be greater than 0")

    @property
    def address(self) -> str:
        return f"{self.url}.{self.format.value}"

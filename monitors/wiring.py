"""Settings become a gateway: the one place that knows both sides."""

from typing import TYPE_CHECKING

from django.conf import settings

from monitors.gateway.upstream import Format, Upstream

if TYPE_CHECKING:
    from monitors.gateway.client import Gateway, Throttle


def upstream() -> Upstream:
    return Upstream(
        url=settings.SENDGRID_API_URL,
        user=settings.SENDGRID_API_USER,
        key=settings.SENDGRID_API_KEY,
        format=Format(settings.SENDGRID_API_FORMAT),
        connect_timeout=settings.SENDGRID_CONNECT_TIMEOUT,
        read_timeout=settings.SENDGRID_READ_TIMEOUT,
        deadline=settings.SENDGRID_DEADLINE,
        max_list_bytes=int(settings.SENDGRID_MAX_ANSWER_MB * 2**20),
        ca_bundle=settings.SENDGRID_CA_BUNDLE or None,
        proxy=settings.SENDGRID_PROXY or None,
    )


def gateway(throttle: "Throttle") -> "Gateway":
    from monitors.gateway.client import Gateway  # noqa: PLC0415 - 6 MB that only who calls needs

    return Gateway(upstream(), throttle=throttle)

"""TLS 1.3 by the standard library, from memory to memory."""

from __future__ import annotations

import ssl
from contextlib import suppress

from examples.star.channel import Channel, PeerRefused
from examples.tls_hops.certificates import CertificateError, Checks
from pytest_prose_go.contract import Role


class TlsChannel(Channel):
    """One TLS session. OpenSSL verifies the chain and the possession of the key, this class whose it is."""

    checks = Checks()

    def __init__(self, context: ssl.SSLContext, group: str, initiator: bool) -> None:
        self.group = group
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=not initiator)

    def start(self) -> None:
        self._step()

    def feed(self, data: bytes) -> list[bytes]:
        self._incoming.write(data)
        return self._step()

    def protect(self, plain: bytes) -> None:
        self._tls.write(plain)

    def close(self) -> None:
        with suppress(ssl.SSLError):  # The peer's own closing is not waited for.
            self._tls.unwrap()

    def outgoing(self) -> list[bytes]:
        data = self._outgoing.read()
        return [data] if data else []

    @property
    def certificate(self) -> bytes:
        """The peer's certificate, DER; its chain has been verified."""
        return self._tls.getpeercert(binary_form=True) or b""

    def peer(self, role: Role, now: float) -> str:
        try:
            return self.checks.verify(self.certificate, self.group, role, now)
        except CertificateError as error:
            raise PeerRefused(str(error)) from error

    def _step(self) -> list[bytes]:
        plains = []
        try:
            if not self.open:
                self._tls.do_handshake()
                self.open = True
            while chunk := self._tls.read(65_536):
                plains.append(chunk)
            self.failed = "closed by the peer"
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.failed = error.reason or "TLS failed"
        return plains


class TlsParty:
    """What a certificate and its key make of a device in one role."""

    channel_class: type[TlsChannel] = TlsChannel

    def __init__(self, context: ssl.SSLContext, identity: str) -> None:
        self._context = context
        self.identity = identity

    def channel(self, group: str, initiator: bool) -> TlsChannel:
        """A new session."""
        return self.channel_class(self._context, group, initiator)

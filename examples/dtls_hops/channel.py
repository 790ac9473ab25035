"""DTLS 1.2 by OpenSSL, from memory to memory.

OpenSSL's own timers follow the wall clock, and time here is virtual: its retransmission is left alone and the hop
sends the flights of the handshake again itself. OpenSSL's window drops the records that it has already.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from examples.star.channel import Channel, PeerRefused
from examples.star.hop import DatagramHop
from examples.star.segment import HEADER_SIZE
from examples.tls_hops.certificates import NO_CHECK_TIME, Authority, CertificateError, Checks
from pytest_prose_go.contract import Role

MTU = 600
"""Bytes of a record while shaking hands."""
DATAGRAM_MOST = DatagramHop.frame_most - HEADER_SIZE
_HEADER = 13


def context(credentials: bytes, authorities: Sequence[Authority], suites: Sequence[str]) -> SSL.Context:
    """A DTLS 1.2 context that shows ``credentials``, takes certificates of ``authorities`` and offers ``suites``.

    Raises :class:`OpenSSL.SSL.Error` or :class:`OpenSSL.crypto.Error` if the credentials cannot be loaded.
    """
    made = SSL.Context(SSL.DTLS_METHOD)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    made.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.set_cipher_list(":".join(suites).encode())
    store = made.get_cert_store()
    assert store is not None
    store.set_flags(NO_CHECK_TIME)
    for authority in authorities:
        store.add_cert(crypto.X509.from_cryptography(authority.certificate))
    if credentials:
        first, *chain = x509.load_pem_x509_certificates(credentials)
        made.use_certificate(first)
        for link in chain:
            made.add_extra_chain_cert(link)
        made.use_privatekey(_private_key(credentials))
    return made


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey | crypto.PKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except ValueError:
        # A key that is not its certificate's: only OpenSSL itself takes it as it is.
        return crypto.load_privatekey(crypto.FILETYPE_PEM, pem)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class DtlsChannel(Channel):
    """One DTLS session. OpenSSL verifies the chain and the possession of the key, this class whose it is."""

    checks = Checks()

    def __init__(self, context: SSL.Context, group: str, initiator: bool) -> None:
        self.group = group
        self._dtls = SSL.Connection(context, None)
        self._dtls.set_ciphertext_mtu(MTU)
        if initiator:
            self._dtls.set_connect_state()
        else:
            self._dtls.set_accept_state()
        self._initiator = initiator

    def start(self) -> None:
        if self._initiator:
            self._step()

    def feed(self, data: bytes) -> list[bytes]:
        if not data or self.failed is not None:
            return []
        self._dtls.bio_write(data)
        return self._step()

    def protect(self, plain: bytes) -> None:
        if self.failed is None:
            self._dtls.send(plain)

    def close(self) -> None:
        with suppress(SSL.Error):
            self._dtls.shutdown()

    def outgoing(self) -> list[bytes]:
        try:
            data = self._dtls.bio_read(1 << 16)
        except (SSL.WantReadError, SSL.Error):
            return []
        # Memory has no datagrams: put as many whole records into each as fit. A flight that is sent again has its
        # old numbers, so that a record which came too early, and was dropped, would be taken for a replay: together
        # they cannot change places.
        datagrams = [b""]
        while data:
            size = _HEADER + int.from_bytes(data[_HEADER - 2 : _HEADER], "big")
            if len(datagrams[-1]) + size > DATAGRAM_MOST:
                datagrams.append(b"")
            datagrams[-1] += data[:size]
            data = data[size:]
        return datagrams

    def peer(self, role: Role, now: float) -> str:
        shown = self._dtls.get_peer_certificate(as_cryptography=True)
        if shown is None:
            raise PeerRefused("no certificate")
        try:
            der = shown.public_bytes(serialization.Encoding.DER)
            return self.checks.verify(der, self.group, role, now)
        except CertificateError as error:
            raise PeerRefused(str(error)) from error

    @property
    def master_secret(self) -> bytes:
        """What all keys of the session follow from, 48 bytes."""
        return self._dtls.master_key() or b""

    @property
    def suite(self) -> str:
        """The name of the cipher suite, once ``open``."""
        return self._dtls.get_cipher_name() or ""

    def _step(self) -> list[bytes]:
        plains = []
        try:
            if not self.open:
                self._dtls.do_handshake()
                self.open = True
            while True:
                plains.append(self._dtls.recv(1 << 16))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.failed = "closed by the peer"
        except SSL.Error as error:
            reasons = [each[2] for each in error.args[0]] if error.args and error.args[0] else []
            self.failed = "; ".join(reasons) or "DTLS failed"
        return plains


class DtlsParty:
    """What a certificate and its key make of a device in one role."""

    def __init__(self, context: SSL.Context, identity: str) -> None:
        self._context = context
        self.identity = identity

    def channel(self, group: str, initiator: bool) -> DtlsChannel:
        """A new session."""
        return DtlsChannel(self._context, group, initiator)

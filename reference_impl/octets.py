"""Writing and reading octet strings: fixed integers, fields with a 2-octet length, and the rest."""

from __future__ import annotations

from reference_impl.errors import PeerViolation


class Writer:
    """Builds an octet string; every method returns the writer, so that calls chain."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def number(self, value: int, octets: int) -> Writer:
        """``value``, big endian. Raises OverflowError if it does not fit."""
        self._parts.append(value.to_bytes(octets, "big"))
        return self

    def raw(self, data: bytes) -> Writer:
        """``data`` without a length."""
        self._parts.append(data)
        return self

    def field(self, data: bytes) -> Writer:
        """``data`` after its length. Raises OverflowError beyond 65535 octets."""
        self._parts += (len(data).to_bytes(2, "big"), data)
        return self

    def text(self, text: str) -> Writer:
        """``text`` as a field of UTF-8."""
        return self.field(text.encode())

    def fields(self, items: tuple[bytes, ...]) -> Writer:
        """A count (1 octet) and that many fields."""
        self.number(len(items), 1)
        for item in items:
            self._parts += (len(item).to_bytes(2, "big"), item)
        return self

    def done(self) -> bytes:
        """What was written."""
        return b"".join(self._parts)


class Reader:
    """Takes an octet string apart. Every method raises :class:`PeerViolation` if it does not fit."""

    def __init__(self, data: bytes, start: int = 0) -> None:
        self._data = data
        self._at = start

    def raw(self, octets: int) -> bytes:
        """The next ``octets`` octets."""
        end = self._at + octets
        if end > len(self._data):
            raise PeerViolation("message too short")
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, octets: int) -> int:
        """The next ``octets`` octets as an integer."""
        start = self._at
        self._at = end = start + octets
        if end > len(self._data):
            raise PeerViolation("message too short")
        return int.from_bytes(self._data[start:end], "big")

    def field(self) -> bytes:
        """A field with its length before it."""
        data, at = self._data, self._at
        start = at + 2
        if start > len(data):
            raise PeerViolation("message too short")
        self._at = end = start + (data[at] << 8 | data[at + 1])
        if end > len(data):
            raise PeerViolation("message too short")
        return data[start:end]

    def text(self) -> str:
        """A field of UTF-8."""
        try:
            return self.field().decode()
        except UnicodeDecodeError:
            raise PeerViolation("text is no UTF-8") from None

    def fields(self) -> tuple[bytes, ...]:
        """A count (1 octet) and that many fields."""
        return tuple(self.field() for _ in range(self.number(1)))

    def rest(self) -> bytes:
        """All that is left."""
        part = self._data[self._at :]
        self._at = len(self._data)
        return part

    def end(self) -> None:
        """Raises :class:`PeerViolation` if anything is left."""
        if self._at != len(self._data):
            raise PeerViolation("octets after the end of the message")

"""No octets from the air raise, whatever the state of the device that hears them."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_impl.certificate_credentials import Certificates
from reference_impl.credentials import CredentialKind
from reference_impl.device import Device
from reference_impl.outcome import AirFrame, MessageReceived, SessionOpened
from reference_impl.pair_keys import PairKeys
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, PretendLink

ANN, BOB = 0x0B0001, 0x0B0002


def _scene(kind: CredentialKind) -> tuple[PretendLink, list[Device]]:
    """Devices in every state: owning, joined, asking, half-way, leaving, idle; and all that was on the air."""
    link = PretendLink(kind=kind)
    link.owner()
    link.member("ann", ANN)
    link.member("bob", BOB)
    link.send("ann", b"one", "bob")
    link.send("ann", b"two", None)
    snapshots = [copy.deepcopy(device) for device in link.devices.values()]
    cat = link.device("cat", 0x0B0003)
    link.take("cat", cat.join(GROUP, OWNER_ADDRESS, link.credentials("cat"), link.now))
    for _ in range(4):
        snapshots.append(copy.deepcopy(cat))
        snapshots.append(copy.deepcopy(link.devices[OWNER]))
        link.run(0.001)
    link.take("bob", link.devices["bob"].leave(GROUP, link.now))
    snapshots.append(copy.deepcopy(link.devices["bob"]))
    link.run(1.0)
    snapshots.append(link.device("dan", 0x0B0004))
    return link, snapshots


SCENES = [_scene(kind) for kind in (Certificates(), PairKeys())]
FRAMES = [(scene, frame) for scene in SCENES for frame in scene[0].frames]

edits = st.lists(
    st.tuples(st.sampled_from(["set", "cut", "insert", "drop"]), st.integers(0, 2000), st.binary(max_size=4)),
    max_size=6,
)


def edited(payload: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    """``payload`` after some changes at places counted modulo its length."""
    for kind, where, octets in changes:
        at = where % (len(payload) + 1)
        if kind == "set":
            payload = payload[:at] + octets + payload[at + len(octets) :]
        elif kind == "cut":
            payload = payload[:at]
        elif kind == "insert":
            payload = payload[:at] + octets + payload[at:]
        else:
            payload = payload[:at] + payload[at + len(octets) :]
    return payload


def hear(scene: tuple[PretendLink, list[Device]], frame: AirFrame) -> None:
    """Let every device hear ``frame``, at its own address, and judge what it reports."""
    link, devices = scene
    for device in devices:
        heard = copy.deepcopy(device)
        outbox = heard.receive(replace(frame, destination=device.build.address), link.now)
        outbox = outbox if outbox.events else heard.receive(frame, link.now)
        if frame not in link.frames:
            assert not [each for each in outbox.events if isinstance(each, SessionOpened | MessageReceived)]


@settings(max_examples=160, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FRAMES), edits)
def test_changed_frames_never_raise_and_never_succeed(
    chosen: tuple[tuple[PretendLink, list[Device]], AirFrame], changes: list[tuple[str, int, bytes]]
) -> None:
    scene, frame = chosen
    hear(scene, replace(frame, payload=edited(frame.payload, changes)))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SCENES),
    st.sampled_from([1, 2, 28, 29, 30, 0, 255]),
    st.binary(max_size=300),
    st.sampled_from([ANN, OWNER_ADDRESS]),
)
def test_random_octets_never_raise_and_never_succeed(
    scene: tuple[PretendLink, list[Device]], channel: int, octets: bytes, source: int
) -> None:
    hear(scene, AirFrame(source, OWNER_ADDRESS, bytes([channel]) + octets))
    hear(scene, AirFrame(source, ANN, octets))

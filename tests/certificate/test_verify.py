"""A bundle is valid as it was signed, and in no other way."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from securesystemslib.signer import SSlibKey

from pytest_prose_go.air.trace import Asked, Controlled, Ended, Made, Reported, Trace
from pytest_prose_go.certificate import artefacts, seed
from pytest_prose_go.certificate.bundle import (
    CONFORMING,
    NOT_CONFORMING,
    RESULTS,
    RUN,
    RUN_PREDICATE,
    TEST_RESULT,
    TEST_RESULT_PREDICATE,
    CaseEntry,
    RunPredicate,
    deflated,
    descriptor,
    inflated,
    packed,
    trace_name,
    unpacked,
)
from pytest_prose_go.certificate.certify import test_result as short_predicate
from pytest_prose_go.certificate.envelope import sign
from pytest_prose_go.certificate.verify import Verification, verify
from pytest_prose_go.contract import Joined
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from tests.certificate.conftest import NONCE, Certified, Certify

CASES = [
    "BASE.admit.one",
    "SMALL.closed.asks[1]",
    "SMALL.closed.asks[2]",
    "SMALL.quiet.listens",
    "SMALL.strong.alone",
]


def public(certified: Certified) -> SSlibKey:
    return SSlibKey.from_crypto(certified.key.public_key())


def checked(certified: Certified, data: bytes | None = None, challenge: str | None = NONCE) -> Verification:
    return verify(certified.bundle if data is None else data, public(certified), challenge)


def signed_anew(
    good: Certified,
    members: Callable[[dict[str, bytes]], None] = lambda members: None,
    **changed: Any,
) -> bytes:
    """The bundle with other contents, all digests made right, signed anew by the vendor: a lie that only judging
    again can find."""
    files = {name: data for name, data in unpacked(good.bundle).items() if name not in (RUN, TEST_RESULT)}
    members(files)
    predicate = msgspec.structs.replace(good.signed, **changed)
    entries = tuple(
        msgspec.structs.replace(
            entry,
            trace=descriptor(trace_name(entry.case), files[trace_name(entry.case)]),
            trace_octets=_octets(files[trace_name(entry.case)]),
        )
        if trace_name(entry.case) in files
        else entry
        for entry in predicate.cases
    )
    predicate = msgspec.structs.replace(
        predicate, cases=entries, members=tuple(descriptor(name, data) for name, data in files.items())
    )
    return _wrapped(good, predicate, files)


def _octets(data: bytes) -> int:
    return len(zlib.decompress(data))


def _wrapped(good: Certified, predicate: RunPredicate, files: dict[str, bytes]) -> bytes:
    subject = tuple((one.name, one.sha256) for one in predicate.artefacts)
    run = sign(RUN_PREDICATE, predicate, subject, good.key)
    short = sign(TEST_RESULT_PREDICATE, short_predicate(predicate), subject, good.key)
    return packed({RUN: run, TEST_RESULT: short, **files})


def test_as_it_was_signed(good: Certified) -> None:
    verification = checked(good)
    assert verification.valid, verification.wrong
    assert verification.title == CONFORMING
    assert "5 traces judged again" in verification.recomputed[1]
    assert verification.recomputed[0].startswith("5 of the 5 cases that passed were done again")
    assert any("challenge" in line for line in verification.checked)
    assert any("SMALL.kept: settled by 'Minutes'" in line for line in verification.claimed)


def test_by_an_ecdsa_key_without_a_challenge(certify_small: Certify) -> None:
    certified = certify_small(key="p256", seed="ours")
    verification = checked(certified, challenge=None)
    assert verification.valid, verification.wrong
    assert certified.signed.seed_origin == seed.BY_VENDOR
    assert verification.about.endswith(seed.BY_VENDOR)
    assert any("seed was not picked" in line for line in verification.claimed)


def test_a_target_that_fails_is_signed_as_not_conforming(certify_small: Certify) -> None:
    certified = certify_small("reference:foreign-authority-accepted", challenge=NONCE)
    verification = checked(certified)
    assert verification.valid, verification.wrong
    assert verification.title == NOT_CONFORMING
    assert verification.about.split(": ")[1].startswith(NOT_CONFORMING)


def test_a_quick_run_certifies_nothing(certify_small: Certify) -> None:
    certified = certify_small(seed="ours", depth="quick")
    assert certified.signed.title == NOT_CONFORMING
    verification = checked(certified, challenge=None)
    assert verification.valid
    assert any("depth quick tries too little" in line for line in verification.reasons)


def test_a_target_with_few_capabilities(certify_small: Certify, statement_file: Path, tmp_path: Path) -> None:
    said = tmp_path / "prose-ics.toml"
    head, _, claims = statement_file.read_text().partition("\n[claims]")
    said.write_text(f"{head}\n{claims[claims.index('[[document]]') :]}")
    certified = certify_small("reference:no-capabilities", said=said, challenge=NONCE)
    verification = checked(certified)
    assert verification.valid, verification.wrong
    assert verification.title == CONFORMING
    (alone,) = (case for case in certified.signed.cases if case.case == CASES[4])
    assert alone.apart is Verdict.INCONCLUSIVE


# --- bytes ---------------------------------------------------------------------------------------


def _flipped(good: Certified, at: int) -> bytes:
    data = bytearray(good.bundle)
    data[at] ^= 1
    return bytes(data)


def test_no_changed_byte_is_overlooked(good: Certified) -> None:
    for at in random.Random(7).sample(range(len(good.bundle)), 150):
        assert not checked(good, _flipped(good, at)).valid, at


@pytest.mark.slow
def test_no_changed_byte_anywhere_is_overlooked(good: Certified) -> None:
    for at in range(len(good.bundle)):
        assert not checked(good, _flipped(good, at)).valid, at


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_shortened_bundle(good: Certified, left: int) -> None:
    verification = checked(good, good.bundle[:left])
    assert "no zip archive that is whole" in verification.wrong[0]


def test_a_lengthened_bundle(good: Certified) -> None:
    assert not checked(good, good.bundle + b"\0").valid
    assert not checked(good, b"\0" + good.bundle).valid


def test_another_key(good: Certified, keys: dict[str, Any]) -> None:
    verification = verify(good.bundle, SSlibKey.from_crypto(keys["p256"].public_key()), NONCE)
    assert verification.wrong == [f"{RUN}: it is not signed by this key alone"]


# --- archives made to deceive --------------------------------------------------------------------


def _zip(entries: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compression)
    return whole.getvalue()


def test_a_file_twice(good: Certified) -> None:
    entries = list(unpacked(good.bundle).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = _zip([*entries, (RESULTS, b"[]")])
    assert "twice" in checked(good, data).wrong[0]


def test_a_file_of_a_path_outside(good: Certified) -> None:
    data = packed({**unpacked(good.bundle), "../../etc/passwd": b"root"})
    assert "does not hold the files that are signed" in checked(good, data).wrong[0]


def test_a_file_that_unpacks_to_a_thousandfold(good: Certified) -> None:
    bomb = _zip([(RUN, bytes(10_000_000))], zipfile.ZIP_DEFLATED)
    assert checked(good, bomb).wrong == ["the bundle: a file in it is compressed"]


def test_a_trace_that_unpacks_to_a_thousandfold(good: Certified) -> None:
    def bomb(files: dict[str, bytes]) -> None:
        files[trace_name(CASES[0])] = deflated(bytes(50_000_000))

    data = signed_anew(good, bomb)
    small = msgspec.structs.replace(
        good.signed,
        cases=tuple(
            msgspec.structs.replace(
                entry, trace=descriptor(trace_name(CASES[0]), deflated(bytes(50_000_000)))
            )
            if entry.case == CASES[0]
            else entry
            for entry in good.signed.cases
        ),
    )
    files = {name: content for name, content in unpacked(data).items() if name not in (RUN, TEST_RESULT)}
    members = tuple(descriptor(name, content) for name, content in files.items())
    lying = _wrapped(good, msgspec.structs.replace(small, members=members), files)
    assert "is not of the" in checked(good, lying).wrong[0]


def _with_payload(good: Certified, change: Callable[[str], str]) -> bytes:
    members = unpacked(good.bundle)
    envelope = json.loads(members[RUN])
    text = change(base64.b64decode(envelope["payload"]).decode())
    envelope["payload"] = base64.b64encode(text.encode()).decode()
    members[RUN] = json.dumps(envelope, separators=(",", ":"), sort_keys=True).encode()
    return packed(members)


def test_an_edited_payload(good: Certified) -> None:
    data = _with_payload(good, lambda text: text.replace('"PASS"', '"FAIL"', 1))
    assert checked(good, data).wrong == [
        f"{RUN}: its signature is not of this key, or the signed bytes were changed"
    ]


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"[]",
        b"{}",
        b'{"payload":"","payload":""}',
        b"[" * 100_000,
        b'{"payload":NaN}',
        b"\xff\xfe",
        b'{"payload":"!!","payloadType":"a","signatures":[]}',
    ],
)
def test_an_envelope_of_garbage(good: Certified, envelope: bytes) -> None:
    verification = checked(good, packed({**unpacked(good.bundle), RUN: envelope}))
    assert verification.wrong[0].startswith(f"{RUN}: it is")


# --- lies that are signed ------------------------------------------------------------------------


def _results(files: dict[str, bytes], change: Callable[[list[CaseResult]], list[CaseResult]]) -> None:
    results = msgspec.json.decode(files[RESULTS], type=list[CaseResult])
    files[RESULTS] = msgspec.json.encode(change(results))


def test_a_case_left_out(good: Certified) -> None:
    def without(files: dict[str, bytes]) -> None:
        del files[trace_name(CASES[-1])]
        _results(files, lambda results: results[:-1])

    data = signed_anew(good, without, cases=good.signed.cases[:-1])
    assert f"1 cases are left out, first {CASES[-1]}" in checked(good, data).wrong


def test_a_case_added(good: Certified) -> None:
    extra = "SMALL.quiet.listens[again]"

    def more(files: dict[str, bytes]) -> None:
        files[trace_name(extra)] = files[trace_name(CASES[-1])]
        _results(files, lambda results: [*results, msgspec.structs.replace(results[-1], case=extra)])

    entry = msgspec.structs.replace(good.signed.cases[-1], case=extra)
    data = signed_anew(good, more, cases=(*good.signed.cases, entry))
    assert any("are no cases of the suite" in line for line in checked(good, data).wrong)


def _edited(good: Certified, case: str, edit: Callable[[Trace], None]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        raw = files[trace_name(case)]
        trace = Trace.decode(inflated(raw, _octets(raw)))
        edit(trace)
        files[trace_name(case)] = deflated(trace.encode())

    return change


def test_a_violation_taken_out_of_its_trace(certify_small: Certify) -> None:
    bad = certify_small("reference:foreign-authority-accepted", challenge=NONCE)

    def hide(trace: Trace) -> None:
        stranger = next(
            record.identity for record in trace if isinstance(record, Made) and record.standing == "rogue"
        )
        trace.records = [
            record
            for record in trace
            if not (
                isinstance(record, Reported)
                and isinstance(record.event, Joined)
                and record.event.peer == stranger
                and record.station == 0
            )
        ]

    def passed(entry: CaseEntry) -> CaseEntry:
        return msgspec.structs.replace(entry, verdict=Verdict.PASS, apart=Verdict.PASS)

    def lie(files: dict[str, bytes]) -> None:
        for case in CASES[1:3]:
            _edited(bad, case, hide)(files)
        _results(
            files,
            lambda results: [
                msgspec.structs.replace(one, verdict=Verdict.PASS, apart=Verdict.PASS, violations=())
                for one in results
            ],
        )

    data = signed_anew(
        bad,
        lie,
        title=CONFORMING,
        overall=Verdict.PASS,
        exit_code=0,
        cases=tuple(passed(entry) for entry in bad.signed.cases),
        aspects=tuple(
            msgspec.structs.replace(one, verdict=Verdict.PASS) if one.verdict is Verdict.FAIL else one
            for one in bad.signed.aspects
        ),
    )
    verification = checked(bad, data)
    assert not verification.valid
    assert any("the control" in line for line in verification.wrong)


def test_a_verdict_painted_over(certify_small: Certify) -> None:
    bad = certify_small("reference:foreign-authority-accepted", challenge=NONCE)

    def lie(files: dict[str, bytes]) -> None:
        _results(
            files,
            lambda results: [
                msgspec.structs.replace(one, verdict=Verdict.PASS, apart=Verdict.PASS, violations=())
                for one in results
            ],
        )

    cases = tuple(
        msgspec.structs.replace(entry, verdict=Verdict.PASS, apart=Verdict.PASS) for entry in bad.signed.cases
    )
    verification = checked(bad, signed_anew(bad, lie, title=CONFORMING, cases=cases))
    assert f"{CASES[1]}: it is said to be PASS, and its trace shows FAIL" in verification.wrong


def _beheaded(trace: Trace) -> None:
    del trace.records[:3]


def _endless(trace: Trace) -> None:
    trace.records = [record for record in trace if not isinstance(record, Ended)]


def _backwards(trace: Trace) -> None:
    trace.records[5], trace.records[-5] = trace.records[-5], trace.records[5]


def _without_frames(trace: Trace) -> None:
    trace.records = [record for record in trace if getattr(record, "number", None) != 2]


@pytest.mark.parametrize("edit", [_beheaded, _endless, _backwards, _without_frames])
def test_a_trace_that_no_run_wrote(good: Certified, edit: Callable[[Trace], None]) -> None:
    data = signed_anew(good, _edited(good, CASES[3], edit))
    assert any(line.startswith(f"{CASES[3]}: ") for line in checked(good, data).wrong)


def test_a_trace_of_another_seed(good: Certified, certify_small: Certify) -> None:
    other = unpacked(certify_small(key="p256", seed="ours").bundle)
    name = trace_name(CASES[3])
    data = signed_anew(good, lambda files: files.update({name: other[name]}))
    assert checked(good, data).wrong == [f"{CASES[3]}: its trace does not begin with the lots of the seed"]


def test_another_seed_than_the_challenges(good: Certified) -> None:
    wrong = checked(good, signed_anew(good, seed="a better one")).wrong
    assert "the seed is not the one that the challenge makes for this product" in wrong


def test_another_challenge(good: Certified) -> None:
    assert checked(good, challenge="not this one").wrong == ["the challenge is not the one given here"]


def test_a_run_without_the_challenge_that_was_given(certify_small: Certify) -> None:
    assert checked(certify_small(key="p256", seed="ours")).wrong == [
        "the challenge is not the one given here"
    ]


def test_a_trimmed_catalogue(good: Certified) -> None:
    suite = good.signed.suite
    files = {name: "0" * 64 if name.endswith(".toml") else value for name, value in suite.files.items()}
    data = signed_anew(good, suite=msgspec.structs.replace(suite, files=files))
    assert checked(good, data).wrong == ["the digest of the catalogue is not that of the files listed"]


def test_a_patched_judge(good: Certified) -> None:
    suite = good.signed.suite
    files = {**suite.files, "pytest_prose_go/judge/ideal_group.py": "0" * 64}
    data = signed_anew(good, suite=msgspec.structs.replace(suite, files=files))
    verification = checked(good, data)
    assert verification.wrong[0].startswith("cannot judge again: the run was made with other files")
    assert not verification.again


def test_a_certificate_that_is_none(certify_small: Certify) -> None:
    quick = certify_small(seed="ours", depth="quick")
    verification = checked(quick, signed_anew(quick, title=CONFORMING), None)
    assert verification.wrong == [f"its title is {CONFORMING}, and it should be {NOT_CONFORMING}"]


def test_a_statement_that_contradicts_the_traces(good: Certified) -> None:
    def other(files: dict[str, bytes]) -> None:
        name = "prose-ics.toml"
        files[name] = files[name].replace(b'removal = "evict"', b'removal = "bar"')

    wrong = checked(good, signed_anew(good, other)).wrong
    assert wrong == ["prose-ics.toml: [claims] removal is 'bar', and the target states 'evict'"]


def test_it_leaves_no_file_behind(good: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked(good).valid
    assert list(tmp_path.iterdir()) == []


# --- traces that are sound, and not of the case ---------------------------------------------------


def _upto(trace: Trace, index: int) -> None:
    """Let the trace end, as a case ends, before record ``index``."""
    ended = trace.records[-1]
    trace.records[index:-1] = []
    trace.records[-1] = msgspec.structs.replace(ended, at=trace.records[-2].at)


def _before_the_attack(trace: Trace) -> None:
    stranger = next(
        record.station for record in trace if isinstance(record, Made) and record.standing == "rogue"
    )
    owner = next(record.owner_address for record in trace if isinstance(record, Asked))
    asked = [
        index
        for index, record in enumerate(trace)
        if isinstance(record, Asked) and record.station == stranger and record.owner_address != owner
    ]
    _upto(trace, asked[0])


def _before_its_last_control(trace: Trace) -> None:
    last = max(index for index, record in enumerate(trace) if isinstance(record, Controlled))
    _upto(trace, last)


def _without_the_wait(trace: Trace) -> None:
    waits = [
        index
        for index, record in enumerate(trace)
        if isinstance(record, Controlled) and record.kind == "waited"
    ]
    del trace.records[waits[0]]


@pytest.mark.parametrize("edit", [_before_the_attack, _before_its_last_control, _without_the_wait])
def test_a_trace_of_half_a_case(good: Certified, edit: Callable[[Trace], None]) -> None:
    wrong = checked(good, signed_anew(good, _edited(good, CASES[1], edit))).wrong
    assert len(wrong) == 1
    assert wrong[0].startswith(f"{CASES[1]}: the case that is installed here does otherwise: record ")


def test_the_trace_of_another_case(good: Certified) -> None:
    def swapped(files: dict[str, bytes]) -> None:
        one, other = trace_name(CASES[1]), trace_name(CASES[2])
        files[one], files[other] = files[other], files[one]

    assert not checked(good, signed_anew(good, swapped)).valid


def test_a_quick_run_that_is_called_another(certify_small: Certify) -> None:
    quick = certify_small(seed="ours", depth="quick")
    wrong = checked(quick, signed_anew(quick, title=CONFORMING, depth="standard"), None).wrong
    assert len(wrong) == 1
    assert wrong[0].startswith(f"{CASES[3]}: the case that is installed here does otherwise: ")


# --- the product ----------------------------------------------------------------------------------


def test_a_product_that_was_named_before(good: Certified) -> None:
    named = artefacts.product_digest(good.signed.target, good.signed.artefacts)
    verification = verify(good.bundle, public(good), NONCE, named)
    assert verification.valid
    assert any("named before the challenge" in line for line in verification.checked)
    assert not any("settled before" in line for line in verification.claimed)
    assert any("settled before the challenge" in line for line in checked(good).claimed)
    other = verify(good.bundle, public(good), NONCE, "0" * 64)
    assert other.wrong == [f"the product digest is {named}, not the one given here"]


def test_another_command_line(good: Certified) -> None:
    wrong = checked(good, signed_anew(good, target="exec:device --secure")).wrong
    assert "the seed is not the one that the challenge makes for this product" in wrong


def test_another_level_says_what_differs(good: Certified) -> None:
    aspects = tuple(
        msgspec.structs.replace(one, level="recommended") if one.aspect == "SMALL.quiet" else one
        for one in good.signed.aspects
    )
    assert checked(good, signed_anew(good, aspects=aspects)).wrong == [
        "SMALL.quiet: level is said to be recommended, and found to be mandatory"
    ]

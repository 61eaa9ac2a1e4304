"""Rdata at random: what we make of zone text is what BIND and dnspython make of it.

The differences are listed below, each with the reason why ours stands.
"""
import os
import random
import re
import tempfile

import harness
import pytest
import rdata_oracle

EACH = 400 if harness.FULL else 60  # records of a type

# Types that BIND's named-compilezone does not take where they stand.
NOT_IN_BIND = {
    'MD': 'refused as obsolete; RFC 1035 s.3.3.4 still says how to read it',
    'MF': 'refused as obsolete; RFC 1035 s.3.3.5 as before',
    'SOA': 'there is one, at the top of the zone',
}

# dnspython (2.3): (type, pattern of the rdata, why).
NOT_IN_DNSPYTHON = [
    (r'GPOS', r'', 'reads latitude first; RFC 1712 s.3 has longitude first'),
    (r'HINFO|CAA|URI|X25|ISDN', r'\\(1[3-9]|12[89]|2)', 'writes octets above 127 as UTF-8; RFC 1035 s.5.1: one octet'),
    (r'LOC', r'\.\d', 'rounds centimetres through floating point'),
    (r'NID|L64', r'', 'wants four digits in each group; RFC 6742 s.2.1.2 lets zeros be left out'),
    (r'DNSKEY|CDNSKEY', r'DNSSEC', 'does not know the mnemonic of the protocol, which BIND takes'),
]


def known_difference(line):
    word, _, text = line.partition(' ')
    return any(re.fullmatch(types, word) and re.search(pattern, text) for types, pattern, _ in NOT_IN_DNSPYTHON)


def tool():
    for path in ('tests/unit/dns/rdata-tool', 'rdata-tool'):
        path = os.path.join(harness.BUILD, path)
        if os.access(path, os.X_OK):
            return path
    pytest.fail(f'rdata-tool is not in {harness.BUILD}: build it')


@pytest.fixture(scope='module')
def sample():
    seed = int(os.environ.get('KT_TEST_SEED', random.randrange(1 << 30)))
    print(f'KT_TEST_SEED={seed}')
    r = random.Random(seed)
    lines = [f'{word} {make(r)}' for word, make in rdata_oracle.GENERATORS.items() for _ in range(EACH)]
    return lines, rdata_oracle.ask(tool(), lines)


def show(x):
    return x.hex() if isinstance(x, bytes) else x


def test_every_text_is_read_and_its_print_reads_back(sample):
    lines, ours = sample
    refused = [f'{line}: {got}' for line, got in zip(lines, ours) if not isinstance(got, bytes)]
    assert not refused, '\n'.join(refused[:10])


def test_wire_is_that_of_bind(sample):
    lines, ours = sample
    chosen = [(line, got) for line, got in zip(lines, ours) if line.split(' ')[0] not in NOT_IN_BIND]
    with tempfile.TemporaryDirectory() as folder:
        theirs = rdata_oracle.bind_wire(harness.tool('named-compilezone'), [line for line, _ in chosen], folder)
    wrong = [f'{line}\n  ours {show(a)}\n  bind {show(b)}' for (line, a), b in zip(chosen, theirs) if a != b]
    assert not wrong, f'{len(wrong)} of {len(chosen)} differ:\n' + '\n'.join(wrong[:10])


def test_wire_is_that_of_dnspython(sample):
    lines, ours = sample
    wrong, compared = [], 0
    for line, a in zip(lines, ours):
        b = rdata_oracle.dnspython_wire(line)
        if b is None or known_difference(line):
            continue
        compared += 1
        if a != b:
            wrong.append(f'{line}\n  ours {show(a)}\n  dnspython {show(b)}')
    assert compared > len(lines) // 2
    assert not wrong, f'{len(wrong)} of {compared} differ:\n' + '\n'.join(wrong[:10])


def test_hostile_octets_print_to_text_that_reads_back(sample):
    """The octets of one type with some changed: refused, or printed so that they come back."""
    lines, ours = sample
    r = random.Random(len(lines))
    again = []
    for line, got in zip(lines, ours):
        octets = bytearray(got)
        for _ in range(r.randint(1, 3)):
            if octets:
                octets[r.randrange(len(octets))] = r.getrandbits(8)
        if r.random() < 0.3:
            octets = octets[:r.randint(0, len(octets))]
        again.append(f'{line.split(" ")[0]} = {octets.hex()}')
    accepted = [x for x in rdata_oracle.ask(tool(), again) if isinstance(x, bytes)]
    assert len(accepted) > len(lines) // 4


# Text that is wrong.  BIND takes those with a reason behind them.
WRONG = [
    ('A 1.2.3', None), ('A 1.2.3.4.5', None), ('A 1.2.3.04', None), ('A 1.2.3.4 5', None), ('A \\# 3 010203', None),
    ('AAAA 1::2::3', None), ('AAAA 12345::', None), ('AAAA 1:2:3:4:5:6:7:8::', None), ('AAAA ::1.2.3', None),
    ('MX 70000 a.', None), ('MX -1 a.', None), ('MX 10', None), ('MX \\# 2 0001', None), ('NS a..b.', None),
    ('NS a. b.', None), ('NS ' + 'a' * 64 + '.', None), ('NS \\# 3 0561ff', None), ('TXT', None), ('TXT "a\\256"', None),
    ('TXT ' + 'a' * 256, None), ('SRV 1 2 3', None), ('DS 1 8 2 abcd', None), ('DS 1 NOALG 2 abcd', None),
    ('DNSKEY 256 3 8 AAA', None), ('DNSKEY 256 3 8 A==A', None), ('NSEC a. NOTYPE', None), ('NSEC a.', None),
    ('RRSIG A 8 2 60 20301301000000 20300101000000 1 a. AAAA', None),
    ('RRSIG A 8 2 60 20300230000000 20300101000000 1 a. AAAA', None),
    ('NSEC3 1 0 1 abc 2t7b4g4vsa5smi47k61mv5bv1a22bojr A', None),
    ('NSEC3 1 0 1 - 2t7b4g4vsa5smi47k61mv5bv1a22boj A', None), ('TLSA 1 1 1 abc', None), ('TLSA 256 1 1 ab', None),
    ('LOC 42 N 71', None), ('LOC 91 0 0 N 0 0 0 E 0m', None), ('LOC 0 60 0 N 0 0 0 E 0m', None),
    ('LOC 0 0 0 N 181 0 0 E 0m', None), ('LOC 0 0 0 N 0 0 0 E 42849672.96m', None),
    ('LOC 0 0 0 N 0 0 0 E -100000.01m', None),
    ('LOC 0 0 0 N 0 0 0 E 0m 90000000.01m', 'RFC 1876 s.2: 90,000 km is the most'),
    ('APL 1:1.2.3.4/33', None), ('APL 2:::/129', None), ('APL 3:1.2.3.4/3', None), ('APL 1.2.3.4/3', None),
    ('SVCB 1 . port=1 port=2', None), ('SVCB 1 . key123=abc key123=def', None), ('SVCB 1 . mandatory', None),
    ('SVCB 1 . alpn', None), ('SVCB 1 . port', None), ('SVCB 1 . ipv4hint', None), ('SVCB 1 . ipv6hint', None),
    ('SVCB 1 . no-default-alpn=abc', None), ('SVCB 1 . mandatory=key123', None), ('SVCB 1 . mandatory=mandatory', None),
    ('SVCB 1 . mandatory=key123,key123 key123=abc', None), ('SVCB 1 . no-default-alpn', None), ('SVCB 1 . alpn=', None),
    ('SVCB 1 . alpn="h2,,h3"', None), ('SVCB 1 . port=65536', None), ('SVCB 1 . ipv4hint=1.2.3', None),
    ('SVCB 1 . key01=a', None), ('SVCB 1 . foo=a', None), ('SVCB 1 . ech=A', None),
    ('SVCB 1 . key65535=a', 'RFC 9460 s.14.3.2 reserves it as invalid'),
    ('SVCB 1 . alpn="a\\\\x"', 'RFC 9460 s.A.1: a backslash in a list stands before a comma or a backslash'),
    ('CAA 256 issue "a"', None), ('CAA 0 "" "a"', None), ('URI 1 1 ""', 'RFC 7553 s.4.4: the target is not empty'),
    ('EUI48 00-00-5e-00-53', None), ('EUI48 00:00:5e:00:53:2a', None), ('L64 1 1:2:3', None), ('NID 1 1:2:3:4:5', None),
    ('HIP 1 zz AAAA', None), ('IPSECKEY 1 1 1 ::1 AAAA', None), ('IPSECKEY 1 4 1 . AAAA', None),
    ('AMTRELAY 1 2 1 1.2.3.4', None), ('A6 129 ::', None), ('NSAP 47', None), ('ATMA +12x', None),
    ('CERT NOPE 1 1 AAAA', None), ('KEY NOPE 3 1 AAAA', None), ('SSHFP 1 1 abcd', None), ('ZONEMD 1 1 1 abcd', None),
    ('TYPE731 \\# 2 ab', None), ('TYPE731 \\# 1 abcd', None), ('TYPE731 abcd', None), ('WKS 1.2.3.4 nope 1', None),
    ('WKS 1.2.3.4 6 65536', None), ('CSYNC 1 1 NOPE', None),
]


def test_wrong_text_is_refused_as_bind_refuses_it():
    lines = [line for line, _ in WRONG]
    ours = rdata_oracle.ask(tool(), lines)
    with tempfile.TemporaryDirectory() as folder:
        theirs = rdata_oracle.bind_wire(harness.tool('named-compilezone'), lines, folder)
    assert [line for line, got in zip(lines, ours) if isinstance(got, bytes)] == []
    taken = [line for line, got in zip(lines, theirs) if isinstance(got, bytes)]
    assert taken == [line for line, why in WRONG if why]

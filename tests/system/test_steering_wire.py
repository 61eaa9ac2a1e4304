"""The operator's table over the wire: by dnspython, dig and kotae, beside gdnsd, plain and signed."""
import os
import re
import subprocess

import dns.dnssec
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

import harness
import steering


@pytest.fixture(scope='module')
def plain(tmp_path_factory):
    with steering.server(tmp_path_factory.mktemp('plain')) as server:
        yield server


@pytest.fixture(scope='module', params=['nsec ECDSAP256SHA256', 'nsec3 ED25519'])
def signed(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp('signed')
    denial, algorithm = request.param.split()
    keys = steering.Signed(directory, denial == 'nsec3', algorithm)
    server = steering.server(directory, keys.zone, config={
        'zones': {'example.com': {'file': str(directory / 'example.com.zone'), 'key-files': keys.private}}})
    with server:
        server.signed = keys
        yield server


@pytest.mark.parametrize('prefix, region, scope', steering.ROWS)
def test_each_network_gets_its_region_and_a_scope_that_is_true(plain, prefix, region, scope):
    for tcp in (False, True):
        reply = (plain.tcp if tcp else plain.udp)(steering.query(steering.NAME, 'AAAA', prefix))
        assert reply.rcode() == dns.rcode.NOERROR
        assert steering.addresses(reply) == [steering.ADDRESS[region]]
        assert steering.scope(reply) == (int(prefix.split('/')[1]), scope)


@pytest.mark.parametrize('prefix, region, scope', steering.ROWS)
def test_signing_changes_no_answer_and_no_scope(signed, prefix, region, scope):
    reply = signed.udp(steering.query(steering.NAME, 'AAAA', prefix, do=True))
    assert steering.addresses(reply) == [steering.ADDRESS[region]]
    assert steering.scope(reply)[1] == scope
    keys = {dns.name.from_text('example.com.'): signed.ask('example.com', 'DNSKEY', tcp=True).answer[0]}
    owner = dns.name.from_text(steering.NAME)
    rrset = reply.find_rrset(reply.answer, owner, 1, dns.rdatatype.AAAA)
    rrsig = reply.find_rrset(reply.answer, owner, 1, dns.rdatatype.RRSIG, dns.rdatatype.AAAA)
    dns.dnssec.validate(rrset, rrsig, keys)


def dig_rows(server, *options):
    dig = harness.tool('dig')
    for prefix, region, scope in steering.ROWS:
        text = harness.run(dig, f'@{server.address}', '-p', str(server.port), '+subnet=' + prefix, '+norec', *options,
                           steering.NAME, 'AAAA')
        assert steering.ADDRESS[region] in text
        assert re.search(rf'CLIENT-SUBNET: \S+/{scope}$', text, re.M), text
        assert ('RRSIG' in text) == ('+dnssec' in options), text


def test_dig_sees_the_same(plain):
    dig_rows(plain)


def test_dig_sees_the_same_signed(signed):
    dig_rows(signed, '+dnssec')


def test_what_is_not_steered_is_for_everybody(plain):
    for name, rdtype in (('plain.example.com', 'AAAA'), ('nothing.example.com', 'A'), ('example.com', 'TXT'), (steering.NAME, 'A'),
                         (steering.NAME, 'TXT'), ('example.com', 'SOA')):
        reply = plain.udp(steering.query(name, rdtype, '240b:10:300::/40'))
        assert steering.scope(reply) == (40, 0), (name, rdtype)


def test_an_option_comes_back_only_when_one_was_sent(plain):
    for name in (steering.NAME, 'plain.example.com'):
        assert steering.scope(plain.udp(steering.query(name, 'AAAA'))) is None


def test_an_alias_to_a_steered_name_has_its_scope(plain):
    reply = plain.udp(steering.query('alias.example.com', 'AAAA', '240b:10:300::/40'))
    assert steering.addresses(reply) == [steering.ADDRESS['dc-03']]
    assert steering.scope(reply) == (40, 40)


def test_unbound_validates_every_answer(signed, tmp_path):
    resolver = harness.Unbound(tmp_path, {'example.com': (signed.address, signed.port)}, anchors=signed.signed.anchors)
    with resolver:
        for name, rdtype, rcode in ((steering.NAME, 'AAAA', 'NOERROR'), (steering.NAME, 'A', 'NOERROR'),
                                    (steering.NAME, 'MX', 'NOERROR'), ('alias.example.com', 'AAAA', 'NOERROR'),
                                    ('below.www.example.com', 'A', 'NXDOMAIN'), ('w.example.com', 'A', 'NXDOMAIN'),
                                    ('zzz.example.com', 'A', 'NXDOMAIN'), ('plain.example.com', 'A', 'NOERROR')):
            query = dns.message.make_query(name, rdtype, want_dnssec=True)
            reply = resolver.udp(query, timeout=20)
            assert dns.rcode.to_text(reply.rcode()) == rcode, (name, rdtype, resolver.log()[-2000:])
            assert reply.flags & dns.flags.AD, (name, rdtype)


def test_the_zone_as_transferred_verifies(signed, tmp_path):
    """Who transfers the zone gets stand-ins for steered names, and a zone that is whole."""
    server = steering.server(tmp_path, signed.signed.zone, config={'zones': {'example.com': {
        'file': str(tmp_path / 'example.com.zone'), 'key-files': signed.signed.private, 'transfer-to': ['127.0.0.0/8']}}})
    with server:
        dig = harness.run(harness.tool('dig'), f'@{server.address}', '-p', str(server.port), 'example.com', 'AXFR', '+onesoa')
        path = tmp_path / 'transferred'
        path.write_text(dig)
        assert re.search(r'^www\.example\.com\.\s+10\s+IN\s+AAAA\s+2001:db8::1$', dig, re.M), dig
        harness.run(harness.tool('dnssec-verify'), '-q', '-o', 'example.com', str(path))


def expectation(path):
    """What each network should get, as kotae ecs check reads it."""
    lines = [f'name {steering.NAME} AAAA']
    lines += [f'{prefix} {steering.ADDRESS[region]} {scope}' for prefix, region, scope in steering.ROWS if not prefix.endswith('/0')]
    path.write_text('\n'.join(lines) + '\n')
    return str(path)


def check(server, path):
    return subprocess.run([harness.build('kotae'), 'ecs', 'check', path, '--server', f'{server.address}:{server.port}'],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_kotae_finds_nothing_wrong_with_kotaed(plain, tmp_path):
    done = check(plain, expectation(tmp_path / 'expected'))
    assert done.returncode == 0, done.stdout


def test_kotae_tells_where_gdnsd_differs(tmp_path):
    """gdnsd gives the same but where a source is too short, and for IPv4, which it gives scope 0."""
    with steering.Gdnsd(tmp_path, {'example.com': '/dev/null'}) as server:
        for prefix, region, scope in steering.ROWS[:10]:
            reply = server.udp(steering.query(steering.NAME, 'AAAA', prefix))
            assert steering.addresses(reply) == [steering.ADDRESS[region]]
            assert steering.scope(reply)[1] == scope
        done = check(server, expectation(tmp_path / 'expected'))
        assert done.returncode == 2, done.stdout
        wrong = [line for line in done.stdout.splitlines() if '192.0.2.0/24' in line]
        assert wrong and '/0' in wrong[0], done.stdout

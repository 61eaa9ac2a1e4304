"""Records made up for a prefix, beside Knot's synthrecord module; and the zones of an AS112 node."""
import random

import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import dns.reversename
import pytest

import harness

FORWARD = '''$TTL 3600
@ SOA ns hostmaster 1 3600 900 1209600 300
@ NS ns
ns A 192.0.2.53
dyn-192-0-2-10 A 198.51.100.1
www A 192.0.2.80
'''
REVERSE = '''$TTL 3600
@ SOA ns.fwd.test. hostmaster.fwd.test. 1 3600 900 1209600 300
@ NS ns.fwd.test.
'''
ZONES = {'fwd.test': FORWARD, '2.0.192.in-addr.arpa': REVERSE + '80 PTR www.fwd.test.\n', '8.b.d.0.1.0.0.2.ip6.arpa': REVERSE}
PREFIXES = {'2.0.192.in-addr.arpa': '192.0.2.0/24', '8.b.d.0.1.0.0.2.ip6.arpa': '2001:db8::/32'}


class KnotSynth(harness.Knot):
    def configure(self):
        command = super().configure()
        with open(self.path('knot.conf')) as conf:
            text = conf.read()
        modules = 'mod-synthrecord:\n  - id: forward\n    type: forward\n    prefix: dyn-\n    ttl: 600\n    network: [192.0.2.0/24, "2001:db8::/32"]\n'
        modules += '  - id: reverse\n    type: reverse\n    prefix: dyn-\n    origin: fwd.test\n    ttl: 600\n    reverse-short: off\n    network: [192.0.2.0/24, "2001:db8::/32"]\n'
        text = text.replace('template:\n', modules + 'template:\n', 1)
        for name in ZONES:
            module = 'reverse' if name in PREFIXES else 'forward'
            text = text.replace(f'  - domain: "{name}"\n', f'  - domain: "{name}"\n    module: mod-synthrecord/{module}\n')
        self.write('knot.conf', text)
        return command


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp('zones')
    for name, text in ZONES.items():
        (directory / name).write_text(text)
    return {name: directory / name for name in ZONES}


@pytest.fixture(scope='module')
def servers(tmp_path_factory, files):
    zones = {name: {'file': str(path)} for name, path in files.items()}
    for name, prefix in PREFIXES.items():
        zones[name]['synth'] = [{'prefix': prefix, 'pattern': 'dyn-{address}', 'origin': 'fwd.test', 'ttl': '10m'}]
    zones['fwd.test']['synth'] = [{'prefix': prefix, 'pattern': 'dyn-{address}', 'ttl': '10m'} for prefix in PREFIXES.values()]
    config = {'zones': zones, 'templates': ['as112'], 'node': {'name': 'tokyo-1', 'workers': 1}}
    with harness.Kotae(tmp_path_factory.mktemp('ours'), files, config=config) as ours:
        with KnotSynth(tmp_path_factory.mktemp('knot'), files) as knot:
            yield ours, knot


def outcome(server, name, rdtype):
    reply = server.ask(name, rdtype)
    answers = sorted(f'{rrset.name} {rrset.ttl} {data.to_text()}' for rrset in reply.answer for data in rrset)
    return dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AA), answers


def addresses(n):
    rng = random.Random(7534)
    for i in range(n):
        yield f'192.0.2.{rng.randrange(256)}' if i % 2 else '2001:db8:' + ':'.join(f'{rng.randrange(65536) if rng.random() < .6 else 0:x}' for _ in range(6))


def test_ptr_records_are_those_of_knot_and_lead_back(servers):
    ours, knot = servers
    for address in addresses(60):
        name = dns.reversename.from_address(address)
        found = outcome(ours, name, 'PTR')
        assert found[0] == 'NOERROR' and len(found[2]) == 1
        if address != '192.0.2.80':  # a record of the zone, in both
            assert found == outcome(knot, name, 'PTR')
        target = found[2][0].split()[-1]
        rdtype = 'AAAA' if ':' in address else 'A'
        if address not in ('192.0.2.80', '192.0.2.10'):
            back = outcome(ours, target, rdtype)
            assert back == outcome(knot, target, rdtype)
            assert dns.reversename.from_address(back[2][0].split()[-1]) == name


@pytest.mark.parametrize('name,rdtype', [
    ('dyn-192-0-2-7.fwd.test', 'A'), ('dyn-192-0-2-7.fwd.test', 'AAAA'), ('dyn-192-0-2-7.fwd.test', 'TXT'),
    ('dyn-192-0-2-10.fwd.test', 'A'), ('www.fwd.test', 'A'), ('dyn-192-0-3-7.fwd.test', 'A'), ('dyn-x.fwd.test', 'A'),
    ('dyn-2001-db8--1.fwd.test', 'AAAA'), ('dyn-2001-db9--1.fwd.test', 'AAAA'), ('7.2.0.192.in-addr.arpa', 'TXT'),
    ('80.2.0.192.in-addr.arpa', 'PTR'), ('0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'PTR'), ('0.0.8.b.d.0.1.0.0.2.ip6.arpa', 'TXT'),
    ('256.2.0.192.in-addr.arpa', 'PTR'), ('x.2.0.192.in-addr.arpa', 'PTR'), ('other.fwd.test', 'A'),
])
def test_names_exist_as_with_knot(servers, name, rdtype):
    ours, knot = servers
    assert outcome(ours, name, rdtype) == outcome(knot, name, rdtype)


def test_negative_answers_carry_the_soa(servers):
    for name, rcode in (('7.2.0.192.in-addr.arpa', dns.rcode.NOERROR), ('dyn-192-0-3-7.fwd.test', dns.rcode.NXDOMAIN)):
        reply = servers[0].ask(name, 'TXT')
        assert reply.rcode() == rcode and not reply.answer
        assert [rrset.rdtype for rrset in reply.authority] == [dns.rdatatype.SOA]


def test_the_as112_zones_answer_for_private_addresses(servers):
    ours = servers[0]
    for name in ('1.2.3.10.in-addr.arpa', '1.1.16.172.in-addr.arpa', '1.1.31.172.in-addr.arpa', '1.1.168.192.in-addr.arpa',
                 '1.1.254.169.in-addr.arpa', 'x.empty.as112.arpa'):
        reply = ours.ask(name, 'PTR')
        assert reply.rcode() == dns.rcode.NXDOMAIN and reply.flags & dns.flags.AA
        soa = reply.authority[0][0]
        direct = name.endswith('in-addr.arpa')
        assert soa.mname == dns.name.from_text('prisoner.iana.org' if direct else 'blackhole.as112.arpa')
    assert ours.ask('1.1.15.172.in-addr.arpa', 'PTR').rcode() == dns.rcode.REFUSED
    for name in ('hostname.as112.net', 'hostname.as112.arpa'):
        texts = [data.strings[0] for data in ours.ask(name, 'TXT').answer[0]]
        assert b'tokyo-1' in texts

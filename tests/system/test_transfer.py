"""Zone transfers out of kotaed: dig and kdig as clients, BIND, Knot and NSD as secondaries."""
import base64
import re
import signal
import socket
import subprocess
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.rrset
import dns.tsig
import dns.zone
import pytest

import harness

SECRET = bytes(range(1, 33))
ALGORITHMS = ['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512']
KEY = 'hmac-sha256.xfr.test'
N_HOSTS = 4000


def zone_text(serial):
    lines = [f'''$TTL 300
@ SOA ns hostmaster {serial} 3600 900 1209600 60
@ NS ns
@ NS ns.elsewhere.example.
ns A 192.0.2.1
ns AAAA 2001:db8::1
@ MX 10 mail
@ TXT "one" "two"
Mail A 192.0.2.2
*.wild TXT "a wildcard"
a.b.c.d CNAME ns
sub NS ns.sub
sub DS 12345 13 2 {"ab" * 32}
ns.sub A 192.0.2.3
below.sub TXT "occluded"
alias DNAME elsewhere.example.
_443._tcp.ns TLSA 3 1 1 {"cd" * 32}
svc HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1
odd TYPE65300 \\# 4 00010203
''']
    for i in range(N_HOSTS):
        lines.append(f'host-{i} A 192.0.2.{i % 250}\n' + (f' TXT "{i:0120}"\n' if i % 5 == 0 else ''))
    return ''.join(lines)


def make_config():
    keys = {f'{algorithm}.xfr.test': {'algorithm': algorithm, 'secret': base64.b64encode(SECRET).decode()} for algorithm in ALGORITHMS}
    return {
        'keys': keys,
        'zones': {
            'open.test': {'file': 'open.zone', 'transfer-to': ['127.0.0.0/8']},
            'keyed.test': {'file': 'keyed.zone', 'transfer-to': [{'address': '127.0.0.0/8', 'key': name} for name in keys]},
            'elsewhere.test': {'file': 'keyed.zone', 'transfer-to': ['192.0.2.0/24']},
            'closed.test': {'file': 'keyed.zone'},
        },
    }


class Primary(harness.Kotae):
    def configure(self):
        for name in ('open', 'keyed'):
            self.write(f'{name}.zone', zone_text(1))
        return super().configure()

    def bump(self, serial):
        for name in ('open', 'keyed'):
            self.write(f'{name}.zone', zone_text(serial))
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: serial_of(self, 'keyed.test') == serial and serial_of(self, 'open.test') == serial)


@pytest.fixture
def primary(tmp_path):
    with Primary(tmp_path, {'open.test': 'x', 'keyed.test': 'x'}, config=make_config()) as server:
        yield server


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, 'waited in vain'
        time.sleep(0.05)


def serial_of(server, name):
    try:
        reply = server.ask(name, 'SOA', timeout=1)
    except (dns.exception.DNSException, OSError):
        return None
    return reply.answer[0][0].serial if reply.answer else None


def expected_records(name, serial=1):
    return records_of(dns.zone.from_text(zone_text(serial), name, relativize=False, check_origin=False))


def records_of(zone):
    out = set()
    for owner, ttl, data in zone.iterate_rdatas():
        out.add((owner.canonicalize(), ttl, data.rdtype, data.to_wire(origin=zone.origin).lower()
                 if data.rdtype != dns.rdatatype.TXT else data.to_wire()))
    return out


def key_of(name, secret=SECRET):
    return dns.tsig.Key(name, secret, name.split('.')[0])


def transfer(server, name, key=None, **more):
    """A transfer by dnspython, which checks every signature."""
    messages = dns.query.xfr(server.address, name, port=server.port, lifetime=20, relativize=False,
                             keyring=key, keyalgorithm=key.algorithm if key else dns.tsig.default_algorithm, **more)
    return dns.zone.from_xfr(messages, relativize=False)


def ask_axfr(server, name, key=None, rdtype='AXFR', serial=None, tcp=True):
    query = dns.message.make_query(name, rdtype)
    query.use_edns(0, 0, 1232)
    if serial is not None:
        query.authority.append(dns.rrset.from_text(name + '.', 0, 'IN', 'SOA', f'. . {serial} 0 0 0 0'))
    if key:
        query.use_tsig(key)
    return (dns.query.tcp if tcp else dns.query.udp)(query, server.address, port=server.port, timeout=5)


def error_code(reply):
    """The code of the extended error."""
    codes = [option.code for option in reply.options if option.otype == dns.edns.EDE]
    return int(codes[0]) if codes else None


def test_a_transfer_has_every_record_as_it_stands_in_the_zone(primary):
    assert records_of(transfer(primary, 'open.test')) == expected_records('open.test')


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_a_signed_transfer_verifies_message_by_message(primary, algorithm):
    zone = transfer(primary, 'keyed.test', key_of(f'{algorithm}.xfr.test'))
    assert records_of(zone) == expected_records('keyed.test')


@pytest.mark.parametrize('client', ['dig', 'kdig'])
@pytest.mark.parametrize('rdtype', ['AXFR', 'IXFR=0'])
def test_clients_take_a_signed_transfer(primary, client, rdtype):
    secret = base64.b64encode(SECRET).decode()
    out = harness.run(harness.tool(client), f'@{primary.address}', '-p', str(primary.port), 'keyed.test', '-t', rdtype,
                      '-y', f'hmac-sha512:hmac-sha512.xfr.test:{secret}', '+noquestion')
    assert not re.search(r'[Ff]ailed|WARNING|verify|ERROR:', out), out[-2000:]
    records = [line for line in out.splitlines() if line and not line.startswith(';')]
    records = [line for line in records if 'TSIG' not in line.split()]
    assert len(records) == len(expected_records('keyed.test')) + 1
    assert '\tSOA\t' in records[0] and records[0].split() == records[-1].split()


def test_who_may_not_have_a_zone_is_told_why(primary):
    refused, not_authority = dns.rcode.REFUSED, dns.rcode.NOTAUTH
    prohibited, lame = 18, 20
    key = key_of(KEY)
    cases = [
        (ask_axfr(primary, 'keyed.test'), refused, prohibited),
        (ask_axfr(primary, 'closed.test'), refused, prohibited),
        (ask_axfr(primary, 'closed.test', key), refused, prohibited),
        (ask_axfr(primary, 'elsewhere.test'), refused, prohibited),
        (ask_axfr(primary, 'host-1.open.test'), not_authority, lame),
        (ask_axfr(primary, 'nothing.example'), not_authority, lame),
    ]
    for reply, rcode, ede in cases:
        assert (reply.rcode(), error_code(reply)) == (rcode, ede), reply
        assert not reply.answer


def test_signatures_that_do_not_verify_are_answered_with_the_error_of_the_rfc(primary):
    def error_of(key, shift=0):
        query = dns.message.make_query('keyed.test', 'AXFR')
        octets, _ = sign(query, key, int(time.time()) + shift)
        reply = primary_exchange(primary, octets)
        record = read_tsig(reply)
        return dns.rcode.to_text(reply[3] & 15), dns.rcode.to_text(record.error, tsig=True), len(record.mac), record.other

    assert error_of(key_of('hmac-sha256.unknown.test')) == ('NOTAUTH', 'BADKEY', 0, b'')
    assert error_of(dns.tsig.Key(KEY, SECRET, 'hmac-sha1')) == ('NOTAUTH', 'BADKEY', 0, b'')
    assert error_of(key_of(KEY, b'x' * 32)) == ('NOTAUTH', 'BADSIG', 0, b'')
    rcode, error, mac, other = error_of(key_of(KEY), -3600)
    assert (rcode, error, mac) == ('NOTAUTH', 'BADTIME', 32)
    assert abs(int.from_bytes(other, 'big') - time.time()) < 60


def sign(query, key, when):
    """The octets of a query signed at another time than now."""
    wire = query.to_wire()
    record = dns.rdtypes.ANY.TSIG.TSIG(dns.rdataclass.ANY, dns.rdatatype.TSIG, key.algorithm, 0, 300, b'', query.id, 0, b'')
    record, _ = dns.tsig.sign(wire, key, record, when)
    data = record.to_wire()
    owner = key.name.to_wire()
    tail = owner + bytes.fromhex('00fa00ff00000000') + len(data).to_bytes(2, 'big') + data
    return wire[:10] + (1).to_bytes(2, 'big') + wire[12:] + tail, record


def primary_exchange(server, octets):
    with socket.create_connection((server.address, server.port), 5) as sock:
        sock.sendall(len(octets).to_bytes(2, 'big') + octets)
        stream = sock.makefile('rb')
        return stream.read(int.from_bytes(stream.read(2), 'big'))


def read_tsig(octets):
    """The TSIG record at the end of a reply that has a question and nothing else."""
    assert octets[10:12] == b'\0\1' and octets[4:6] == b'\0\1'
    at = 12
    for fixed in (4, 10):
        while octets[at]:
            at += octets[at] + 1
        at += 1 + fixed
    return dns.rdata.from_wire(dns.rdataclass.ANY, dns.rdatatype.TSIG, octets, at, len(octets) - at)


@pytest.mark.parametrize('rdtype', ['SOA', 'A', 'TXT'])
@pytest.mark.parametrize('tcp', [False, True])
def test_any_signed_query_has_a_signed_answer(primary, rdtype, tcp):
    query = dns.message.make_query('keyed.test', rdtype)
    query.use_tsig(key_of(KEY))
    reply = (primary.tcp if tcp else primary.udp)(query)  # raises when the signature is missing or wrong
    assert reply.had_tsig and reply.rcode() == dns.rcode.NOERROR


def test_ixfr_gives_the_soa_to_who_is_current_and_over_udp(primary):
    for serial, tcp, n in ((1, True, 1), (2, True, 1), (1, False, 1), (0, False, 1)):
        reply = ask_axfr(primary, 'open.test', rdtype='IXFR', serial=serial, tcp=tcp)
        assert reply.rcode() == 0 and sum(len(rrset) for rrset in reply.answer) == n
        assert reply.answer[0][0].serial == 1 and not reply.flags & dns.flags.TC
    zone = dns.zone.from_xfr(dns.query.xfr(primary.address, 'open.test', port=primary.port, lifetime=20,
                                           rdtype='IXFR', serial=0, relativize=False), relativize=False)
    assert records_of(zone) == expected_records('open.test')


def test_axfr_over_udp_is_a_format_error(primary):
    assert ask_axfr(primary, 'open.test', tcp=False).rcode() == dns.rcode.FORMERR


def test_a_transfer_that_began_before_a_reload_ends_with_the_zone_it_began_with(primary):
    query = dns.message.make_query('open.test', 'AXFR').to_wire()
    with socket.create_connection((primary.address, primary.port), 5) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(len(query).to_bytes(2, 'big') + query)
        stream = sock.makefile('rb', buffering=2048)
        serials = []

        def message():
            return dns.message.from_wire(stream.read(int.from_bytes(stream.read(2), 'big')), one_rr_per_rrset=True)

        first = message()
        serials.append(first.answer[0][0].serial)
        primary.bump(2)
        n = len(first.answer)
        last = first.answer[-1]
        while not (last.rdtype == dns.rdatatype.SOA and n > 1):
            reply = message()
            n += len(reply.answer)
            last = reply.answer[-1]
        serials.append(last[0].serial)
    assert serials == [1, 1]
    assert n == len(expected_records('open.test')) + 1


class BindSecondary(harness.Bind):
    def configure(self):
        address, port = self.options['primary']
        secret = base64.b64encode(SECRET).decode()
        return [harness.tool('named'), '-g', '-n', '1', '-c', self.write('named.conf', f'''options {{
  directory "{self.directory}"; pid-file "{self.path('named.pid')}"; session-keyfile "{self.path('session.key')}";
  managed-keys-directory "{self.directory}"; listen-on port {self.port} {{ {self.address}; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; empty-zones-enable no; allow-transfer {{ any; }}; notify no;
}};
controls {{ }};
key "{KEY}" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "keyed.test" {{ type secondary; primaries {{ {address} port {port} key "{KEY}"; }}; file "keyed.test";
  masterfile-format text; allow-notify {{ any; }}; }};
''')]


class KnotSecondary(harness.Knot):
    def configure(self):
        address, port = self.options['primary']
        secret = base64.b64encode(SECRET).decode()
        return [harness.tool('knotd'), '-c', self.write('knot.conf', f'''server:
    rundir: "{self.directory}"
    listen: {self.address}@{self.port}
database:
    storage: "{self.directory}"
log:
  - target: stderr
    any: info
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: primary
    address: {address}@{port}
    key: {KEY}
acl:
  - id: all
    action: [transfer, notify]
zone:
  - domain: keyed.test
    storage: "{self.directory}"
    master: primary
    acl: all
''')]


class NsdSecondary(harness.Nsd):
    def configure(self):
        address, port = self.options['primary']
        secret = base64.b64encode(SECRET).decode()
        return [harness.tool('nsd'), '-d', '-c', self.write('nsd.conf', f'''server:
  ip-address: {self.address}@{self.port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: "{self.path('nsd.pid')}"
  zonelistfile: "{self.path('zone.list')}"
  xfrdfile: "{self.path('xfrd.state')}"
  xfrdir: "{self.directory}"
  zonesdir: "{self.directory}"
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
key:
  name: "{KEY}"
  algorithm: hmac-sha256
  secret: "{secret}"
zone:
  name: "keyed.test"
  zonefile: "{self.path('keyed.test')}"
  request-xfr: {address}@{port} {KEY}
  allow-notify: 127.0.0.0/8 NOKEY
  provide-xfr: 127.0.0.0/8 NOKEY
''')]


@pytest.mark.parametrize('kind', [BindSecondary, KnotSecondary, NsdSecondary])
def test_other_servers_keep_the_zone_as_secondaries(primary, tmp_path, kind):
    with kind(tmp_path, {'keyed.test': 'x'}, primary=(primary.address, primary.port)) as secondary:
        assert records_of(transfer(secondary, 'keyed.test')) == expected_records('keyed.test')
        primary.bump(2)
        notify = dns.message.make_query('keyed.test', 'SOA')
        notify.set_opcode(dns.opcode.NOTIFY)
        notify.flags |= dns.flags.AA
        notify.flags &= ~dns.flags.RD
        assert secondary.udp(notify).rcode() == dns.rcode.NOERROR
        wait_for(lambda: serial_of(secondary, 'keyed.test') == 2)
        assert records_of(transfer(secondary, 'keyed.test')) == expected_records('keyed.test', 2)

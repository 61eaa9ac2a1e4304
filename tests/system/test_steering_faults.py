"""Bad input and faults of steering: a clear error or a counted fault, and the last good map goes on answering."""
import ipaddress
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

import harness
import steering
import wire

ZONE = steering.ZONE
SEED = int(os.environ.get('KOTAE_TEST_SEED', 7871))


# A MaxMind DB, as small as it can be

def control(kind, size):
    if size >= 29:
        assert size < 29 + 256
        return bytes([kind << 5 | 29, size - 29]) if kind < 8 else bytes([29, kind - 7, size - 29])
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])


WIDE = {'node_count': 6, 'build_epoch': 9}  # the type of a number; the rest are of 16 bits


def encode(value, kind=5):
    if isinstance(value, str):
        return control(2, len(value)) + value.encode()
    if isinstance(value, dict):
        return control(7, len(value)) + b''.join(encode(k) + encode(v, WIDE.get(k, 5)) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b''.join(map(encode, value))
    octets = value.to_bytes((value.bit_length() + 7) // 8, 'big')
    return control(kind, len(octets)) + octets


def database(countries):
    """network -> country; the octets of a file of IPv6 in which IPv4 is at ::/96."""
    nodes, data, offsets = [[None, None]], b'', {}
    for prefix, country in countries.items():
        network = ipaddress.ip_network(prefix)
        bits, length = int(network.network_address), network.prefixlen
        if network.version == 4:
            length += 96
        if country not in offsets:
            offsets[country] = len(data)
            data += encode({'country': {'iso_code': country}})
        at = 0
        for depth in range(length):
            side = bits >> (127 - depth) & 1
            if depth == length - 1:
                nodes[at][side] = ('data', offsets[country])
            else:
                if not isinstance(nodes[at][side], int):
                    nodes.append([None, None])
                    nodes[at][side] = len(nodes) - 1
                at = nodes[at][side]
    n = len(nodes)
    tree = b''.join((n if record is None else record if isinstance(record, int) else n + 16 + record[1]).to_bytes(3, 'big')
                    for node in nodes for record in node)
    meta = encode({'node_count': n, 'record_size': 24, 'ip_version': 6, 'database_type': 'Country', 'languages': ['en'],
                   'binary_format_major_version': 2, 'binary_format_minor_version': 0, 'build_epoch': 1790000000,
                   'description': {'en': 'of a test'}})
    return tree + bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + meta


COUNTRIES = {'198.51.100.0/24': 'JP', '203.0.113.0/24': 'FR', '2400::/12': 'JP', '2a00::/12': 'FR'}
ANSWER = {'japan': '192.0.2.1', 'france': '192.0.2.2', 'rest': '192.0.2.3'}


def geo(path, match=None):
    return {'maps': {'world': {'geo': {'database': str(path), 'match': match or {'JP': 'japan', 'FR': 'france'}}, 'default': 'rest'}},
            'pools': {name: {'members': [address]} for name, address in ANSWER.items()},
            'services': {'www.example.com': {'map': 'world', 'regions': {name: [name] for name in ANSWER}}}}


def kotae(server, *words):
    done = subprocess.run([harness.build('kotae'), '--json', '-c', server.path('kotae.yaml'), *words], text=True,
                          capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, json.loads(done.stdout)


def rewrite(server, section):
    with open(server.path('kotae.yaml')) as text:
        config = json.load(text)
    config['steering'] = section
    with open(server.path('kotae.yaml'), 'w') as out:
        json.dump(config, out)


def ask(server, prefix, name='www.example.com', rdtype='A', tcp=False):
    reply = (server.tcp if tcp else server.udp)(steering.query(name, rdtype, prefix))
    return steering.addresses(reply, rdtype)


def the_world_is_served(server):
    assert ask(server, '198.51.100.0/24') == [ANSWER['japan']]
    assert ask(server, '2a00::/24') == [ANSWER['france']]
    assert ask(server, '192.0.2.0/24') == [ANSWER['rest']]


def broken(path, good):
    """name -> (section, a word of the error)."""
    def section(change):
        out = json.loads(json.dumps(good))
        change(out)
        return out

    def file(octets):
        def change(out):
            with open(str(path) + '.bad', 'wb') as to:
                to.write(octets)
            out['maps']['world']['geo']['database'] = str(path) + '.bad'
        return section(change)

    service = 'www.example.com'
    octets = database(COUNTRIES)
    tree_damaged = bytearray(octets)
    tree_damaged[0:6] = b'\xff' * 6
    return {
        'a region that the map has not': (section(lambda s: s['services'][service]['regions'].update(mars=['rest'])), 'mars'),
        'a hole: a region without pools': (section(lambda s: s['services'][service]['regions'].pop('france')), 'france'),
        'a pool without members': (section(lambda s: s['pools']['rest'].update(members=[])), 'member'),
        'a pool that is not there': (section(lambda s: s['services'][service]['regions'].update(rest=['restt'])), 'restt'),
        'a pool in itself': (section(lambda s: s['pools']['rest']['members'].append({'pool': 'rest'})), 'rest'),
        'host bits': (section(lambda s: s['maps']['world'].update(networks={'192.0.2.1/24': 'rest'})), '192.0.2'),
        'no map of this name': (section(lambda s: s['services'][service].update(map='word')), 'word'),
        'no zone': (section(lambda s: s['services'].update({'www.example.net': {'pools': ['rest']}})), 'example.net'),
        'no database': (section(lambda s: s['maps']['world']['geo'].update(database='/nonexistent/x.mmdb')), 'x.mmdb'),
        'a directory for a database': (section(lambda s: s['maps']['world']['geo'].update(database='/')), ''),
        'an empty database': (file(b''), '.bad'),
        'no database at all': (file(b'hello\n' * 1000), '.bad'),
        'a truncated database': (file(octets[:len(octets) // 2]), '.bad'),
        'a database without its end': (file(octets[:-30]), '.bad'),
        'a database with a tree that leads nowhere': (file(bytes(tree_damaged)), '.bad'),
        'a list with a word in it': (section(lambda s: s['maps']['world'].update({'networks-file': {'file': '/etc/passwd', 'region': 'rest'}})), 'passwd'),
    }


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp('world')
    path = directory / 'country.mmdb'
    path.write_bytes(database(COUNTRIES))
    with steering.server(directory, ZONE, geo(path)) as server:
        server.database, server.good = path, geo(path)
        yield server


CASES = [
    'a region that the map has not', 'a hole: a region without pools', 'a pool without members', 'a pool that is not there',
    'a pool in itself', 'host bits', 'no map of this name', 'no zone', 'no database', 'a directory for a database', 'an empty database',
    'no database at all', 'a truncated database', 'a database without its end', 'a database with a tree that leads nowhere',
    'a list with a word in it']


@pytest.mark.parametrize('case', CASES)
def test_what_is_broken_is_refused_and_the_last_good_map_stays(case, world, tmp_path):
    cases = broken(world.database, world.good)
    assert sorted(cases) == sorted(CASES)
    section, word = cases[case]
    the_world_is_served(world)
    rewrite(world, section)
    try:
        status, reply = kotae(world, 'check')
        assert status == 1 and word in json.dumps(reply['errors']), reply
        status, reply = kotae(world, 'reload')
        assert status == 1 and word in json.dumps(reply['errors']), reply
        the_world_is_served(world)
        status, reply = kotae(world, 'status')
        assert status == 2 and word in json.dumps(reply), reply
        # nor does a daemon begin with it, but for the sake of the others where one service has no zone
        other = steering.server(tmp_path, ZONE, section)
        if case == 'no zone':
            with other:
                the_world_is_served(other)
                status, reply = kotae(other, 'status')
                assert status == 2 and word in json.dumps(reply), reply
            return
        with pytest.raises(RuntimeError) as ended:
            other.start()
        assert word in str(ended.value)
    finally:
        rewrite(world, world.good)
        status, reply = kotae(world, 'reload')
        assert status == 0, reply
    assert kotae(world, 'status')[0] == 0


def test_a_database_may_be_cut_and_written_over_while_it_is_read(world):
    octets = database(COUNTRIES)
    stop, wrong = threading.Event(), []

    def vandal():
        r = random.Random(SEED)
        while not stop.is_set():
            with open(world.database, 'r+b') as out:
                out.truncate(r.choice((0, 1, 100, len(octets) - 1)))
                out.write(octets[:r.randrange(len(octets))])
            with open(world.database, 'wb') as out:
                out.write(octets)

    thread = threading.Thread(target=vandal)
    thread.start()
    try:
        for _ in range(15):
            status, _ = kotae(world, 'reload')
            assert status in (0, 1)
            the_world_is_served(world)
    finally:
        stop.set()
        thread.join()
        world.database.write_bytes(octets)
    assert kotae(world, 'reload')[0] == 0
    the_world_is_served(world)
    assert world.running()


# Monitors

def processes(marker):
    """How many processes have the marker among their arguments."""
    n = 0
    for pid in os.listdir('/proc'):
        if pid.isdigit():
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as line:
                    n += marker.encode() in line.read().split(b'\0')
            except OSError:
                pass
    return n


def wait(what, seconds=15):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_monitors_that_hang_take_nobody_along(tmp_path):
    """A server that never answers, a command that sleeps, one that leaves children: queries stay quick, others are probed."""
    marker = f'86400.{os.getpid()}'
    silent = socket.socket()
    silent.bind(('127.0.0.1', 0))
    silent.listen(1000)
    states = tmp_path / 'states'
    states.write_text('192.0.2.4 up\n')
    quick = {'interval': '300ms', 'timeout': '200ms', 'fall': 1, 'rise': 1}
    section = {
        'monitors': {'silent': {'type': 'http', 'port': silent.getsockname()[1], **quick},
                     'sleep': {'type': 'command', 'command': ['/bin/sleep', marker], **quick},
                     'forks': {'type': 'command', 'command': ['/bin/sh', '-c', f'/bin/sleep {marker} & /bin/sleep {marker} & exit 0'], **quick},
                     'file': {'type': 'file', 'file': str(states), **quick}},
        'pools': {'silent': {'members': [{'address': f'192.0.2.{i}', 'probe': '127.0.0.1'} for i in (10, 11, 12)], 'monitor': 'silent'},
                  'sleep': {'members': ['192.0.2.2', '192.0.2.20', '192.0.2.21'], 'monitor': 'sleep'},
                  'forks': {'members': ['192.0.2.3'], 'monitor': 'forks'},
                  'file': {'members': ['192.0.2.4'], 'monitor': 'file'}, 'last': {'members': ['192.0.2.9']}},
        'services': {'www.example.com': {'pools': ['silent', 'sleep', 'file', 'last']}, 'forks.example.com': {'pools': ['forks', 'last']}}}
    try:
        with steering.server(tmp_path, ZONE, section) as server:
            assert ask(server, None) == ['192.0.2.4']
            slowest = 0
            for i in range(40):
                if i % 10 == 5:
                    states.write_text(f'192.0.2.4 {"down" if i % 20 == 5 else "up"}\n')
                    wait(lambda: ask(server, None) == (['192.0.2.9'] if i % 20 == 5 else ['192.0.2.4']), 3)
                began = time.monotonic()
                server.udp(steering.query('plain.example.com', 'AAAA'))
                slowest = max(slowest, time.monotonic() - began)
                assert processes(marker) <= 12
                time.sleep(0.05)
            assert slowest < 0.5
            assert ask(server, None, 'forks.example.com') in (['192.0.2.3'], ['192.0.2.9'])
            state = {t['target']: t['state'] for t in kotae(server, 'steer', 'list')[1]['result']['targets']}
            assert state['192.0.2.2/sleep'] == state['127.0.0.1/silent'] == 'down'
        wait(lambda: processes(marker) == 0)
    finally:
        silent.close()


PUSHED = {'monitors': {'hand': {'type': 'push'}},
          'pools': {'one': {'members': ['192.0.2.1'], 'monitor': 'hand'}, 'two': {'members': ['192.0.2.2'], 'monitor': 'hand'}},
          'services': {'www.example.com': {'pools': ['one', 'two']}}}


def test_words_of_the_operator_outlast_sigkill(tmp_path):
    server = steering.server(tmp_path, ZONE, PUSHED)
    with server:
        assert kotae(server, 'steer', 'down', '192.0.2.1', '--reason', 'works')[0] == 0
        assert kotae(server, 'steer', 'push', '192.0.2.2/hand', 'down')[0] == 0
        assert ask(server, None) == ['192.0.2.1']  # all are down: all of the first
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with server:
        targets = {t['target']: t for t in kotae(server, 'steer', 'list')[1]['result']['targets']}
        assert targets['192.0.2.1/hand']['override']['reason'] == 'works'
        assert targets['192.0.2.2/hand']['found'] == 'down'
        assert kotae(server, 'steer', 'auto', '192.0.2.1')[0] == 0
        assert ask(server, None) == ['192.0.2.1']
        kotae(server, 'steer', 'push', '192.0.2.2/hand', 'up')
        kotae(server, 'steer', 'push', '192.0.2.1/hand', 'down')
        assert ask(server, None) == ['192.0.2.2']


def test_garbage_in_the_state_directory_is_no_reason_not_to_serve(tmp_path):
    server = steering.server(tmp_path, ZONE, PUSHED)
    with server:
        kotae(server, 'steer', 'down', '192.0.2.1')
        kept = [os.path.join(root, name) for root, _, names in os.walk(server.path('state')) for name in names]
    r = random.Random(SEED)
    kept = [path for path in kept if os.path.isfile(path)]
    assert kept
    for garbage in (b'', b'\0' * 5000, r.randbytes(20000), b'{"a":' * 5000, b'up down\n' * 100):
        for path in kept:
            with open(path, 'wb') as out:
                out.write(garbage)
        with server:
            assert ask(server, None) in (['192.0.2.1'], ['192.0.2.2'])
            assert kotae(server, 'steer', 'down', '192.0.2.1')[0] == 0
            assert ask(server, None) == ['192.0.2.2']
            assert kotae(server, 'steer', 'auto', '*')[0] in (0, 1)


def test_a_full_disk_keeps_nothing_and_stops_nothing(tmp_path):
    class Full(harness.Kotae):
        def configure(self):
            os.makedirs(self.path('state'), exist_ok=True)
            return [harness.tool('unshare'), '--mount', *([] if os.geteuid() == 0 else ['--map-root-user']), harness.tool('sh'), '-c',
                    f'mount -t tmpfs -o size=16k none {self.path("state")} && exec "$@"', 'sh', *super().configure()]

    if subprocess.run([harness.tool('unshare'), '--mount', *([] if os.geteuid() == 0 else ['--map-root-user']), 'sh', '-c',
                       f'mount -t tmpfs none {tmp_path}'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('mounting is not permitted here')
    zone = tmp_path / 'example.com.zone'
    zone.write_text(ZONE)
    server = Full(tmp_path, {'example.com': str(zone)}, config={'steering': PUSHED, 'control': {'socket': str(tmp_path / 'socket')}})
    with server:
        filler = f'/proc/{server.process.pid}/root{server.path("state")}/filler'
        out = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(out, b'x' * 512)
        except OSError:
            os.close(out)
        status, reply = kotae(server, 'steer', 'down', '192.0.2.1')
        assert ask(server, None) == ['192.0.2.2']  # it holds, kept or not
        assert reply['errors'] or 'No space left' in server.log() or status == 2, (status, reply, server.log())
        wait(lambda: 'space' in server.log().lower(), 10)
        os.unlink(filler)
        assert kotae(server, 'steer', 'push', '192.0.2.1/hand', 'down')[0] == 0
        assert kotae(server, 'steer', 'auto', '192.0.2.1')[0] == 0
        assert ask(server, None) == ['192.0.2.2']
        assert server.stop() == 0


# The wire

def raw(family, source, scope, address, extra=b''):
    return struct.pack('>HBB', family, source, scope) + address + extra


MALFORMED = {
    'nothing in it': b'', 'one octet': b'\0', 'three octets': b'\0\1\x18', 'bits behind the source': raw(1, 20, 0, b'\xc0\0\x1f'),
    'one bit behind the source': raw(2, 41, 0, bytes.fromhex('240b00100240')), 'a scope': raw(1, 24, 24, b'\xc0\0\2'), 'too long': raw(1, 24, 0, b'\xc0\0\2\0'),
    'too short': raw(1, 24, 0, b'\xc0\0'), 'source 33': raw(1, 33, 0, b'\xc0\0\2\0\0'), 'source 129': raw(2, 129, 0, bytes(17)),
    'source 0 with an address': raw(1, 0, 0, b'\xc0'), 'source 255': raw(1, 255, 0, bytes(32)), 'family 2 with IPv4': raw(2, 24, 0, b'\xc0'),
}
UNKNOWN = {'family 3': raw(3, 24, 0, b'\xc0\0\2'), 'family 0': raw(0, 24, 0, b'\xc0\0\2'), 'family 65535': raw(65535, 8, 0, b'\1')}


def query(options, name='www.example.com.', rdtype=28):
    data = b''.join(struct.pack('>HH', 8, len(o)) + o for o in options)
    return (struct.pack('>HHHHHH', 4711, 0, 1, 0, 0, 1) + wire.name_wire(name) + struct.pack('>HH', rdtype, 1) +
            struct.pack('>BHHIH', 0, 41, 1232, 0, len(data)) + data)


@pytest.fixture(scope='module')
def plain(tmp_path_factory):
    with steering.server(tmp_path_factory.mktemp('plain')) as server:
        yield server


def tcp(server, octets):
    with socket.create_connection((server.address, server.port), timeout=5) as stream:
        stream.sendall(struct.pack('>H', len(octets)) + octets)
        length = struct.unpack('>H', stream.recv(2, socket.MSG_WAITALL))[0]
        return stream.recv(length, socket.MSG_WAITALL)


@pytest.mark.parametrize('name', ['www.example.com.', 'plain.example.com.', 'nothing.example.com.'])
@pytest.mark.parametrize('case', MALFORMED)
def test_a_malformed_client_subnet_is_formerr(case, name, plain):
    """RFC 7871 s.7.1.2, 7.2.1."""
    for octets in (plain.exchange(query([MALFORMED[case]], name)), tcp(plain, query([MALFORMED[case]], name))):
        reply = wire.Message(octets)
        assert octets[3] & 15 == dns.rcode.FORMERR, case
        assert not reply.answer


@pytest.mark.parametrize('case', UNKNOWN)
def test_an_unknown_family_is_not_tailored(case, plain):
    """Or FORMERR, which is as good (RFC 7871 s.7.1.2)."""
    octets = plain.exchange(query([UNKNOWN[case]]))
    assert octets[3] & 15 in (dns.rcode.FORMERR, dns.rcode.NOERROR)
    if octets[3] & 15 == dns.rcode.NOERROR:
        message = dns.message.from_wire(octets.replace(struct.pack('>HH', 8, len(UNKNOWN[case])), struct.pack('>HH', 65001, len(UNKNOWN[case]))))
        assert steering.addresses(message) == [steering.DEFAULT]


def test_two_client_subnets_are_no_crash(plain):
    good = raw(1, 24, 0, b'\xc0\0\2')
    for options in ([good, good], [good, raw(2, 40, 0, bytes.fromhex('240b001003'))], [good, b'\0'], [good] * 100):
        octets = plain.exchange(query(options))
        assert octets is not None and octets[3] & 15 in (0, 1)
        assert plain.running()


def test_random_client_subnets_are_answered_or_formerr(plain):
    r = random.Random(SEED)
    for _ in range(2000):
        option = raw(r.choice((0, 1, 2, 2, 3)), r.choice((r.randrange(256), 24, 40, 56)), r.choice((0, 0, 0, r.randrange(256))),
                     r.randbytes(r.choice((3, 5, 7, r.randrange(40)))))
        octets = plain.exchange(query([option]))
        assert octets is not None and octets[3] & 15 in (0, 1), option.hex()
    assert plain.running()


def test_letters_of_a_steered_name_come_back_as_they_were(plain):
    for name in ('WWW.example.com', 'wWw.eXaMpLe.CoM'):
        reply = plain.udp(steering.query(name, 'AAAA', '240b:10:300::/40'))
        assert reply.question[0].name.to_text() == name + '.'
        assert reply.answer[0].name.to_text() == name + '.'
        assert steering.addresses(reply) == [steering.ADDRESS['dc-03']] and steering.scope(reply) == (40, 40)


def test_a_long_answer_is_truncated_with_its_option_and_whole_over_tcp(tmp_path):
    members = [f'2001:db8::{i:x}' for i in range(1, 120)]
    section = steering.config()
    section['pools']['dc-03']['members'] = members
    with steering.server(tmp_path, ZONE, section) as server:
        question = steering.query('www.example.com', 'AAAA', '240b:10:300::/40')
        reply = server.udp(question)
        assert reply.flags & dns.flags.TC and steering.scope(reply) == (40, 40)
        reply = server.tcp(question)
        assert not reply.flags & dns.flags.TC and steering.scope(reply) == (40, 40)
        assert len(steering.addresses(reply)) == len(members)


def test_a_wildcard_and_the_apex_are_steered(tmp_path):
    section = steering.config()
    service = section['services'].pop('www.example.com')
    section['services'] = {'*.apps.example.com': service, 'example.com': service}
    zone = ZONE + 'plain.apps 300 AAAA 2001:db8::77\n*.plain.apps 300 TXT "x"\n'
    with steering.server(tmp_path, zone, section) as server:
        for name in ('a.apps.example.com', 'b.c.apps.example.com', '*.apps.example.com', 'example.com'):
            reply = server.udp(steering.query(name, 'AAAA', '240b:10:300::/40'))
            assert steering.addresses(reply) == [steering.ADDRESS['dc-03']] and steering.scope(reply) == (40, 40), name
        for name, rcode in (('plain.apps.example.com', 0), ('apps.example.com', 0), ('a.plain.apps.example.com', 0), ('x.example.com', 3)):
            reply = server.udp(steering.query(name, 'AAAA', '240b:10:300::/40'))
            assert reply.rcode() == rcode and steering.scope(reply) == (40, 0), name
        assert server.ask('example.com', 'SOA').answer and server.ask('example.com', 'NS').answer


def test_unbound_validates_in_an_opt_out_zone_while_health_flaps(tmp_path):
    zone = ZONE + ''.join(f'child{i} 3600 NS ns.child{i}\nns.child{i} 3600 A 192.0.2.{i}\n' for i in range(1, 20)) + '*.wild 300 TXT "w"\n'
    keys = steering.Signed(tmp_path / 'signed', zone=zone, nsec3=True, options=['-A'])
    section = {'monitors': {'hand': {'type': 'push'}},
               'pools': {'one': {'members': ['192.0.2.1', '2001:db8::1'], 'monitor': 'hand'}, 'two': {'members': ['192.0.2.2', '2001:db8::2'], 'monitor': 'hand'}},
               'services': {name: {'pools': ['one', 'two'], 'ttl': '0s', 'ttl-min': '0s', 'when-all-down': 'none'}
                            for name in ('www.example.com', '*.wild.example.com', 'example.com')}}
    server = steering.server(tmp_path, keys.zone, section, config={
        'zones': {'example.com': {'file': str(tmp_path / 'example.com.zone'), 'key-files': keys.private}}})
    with server, harness.Unbound(tmp_path, {'example.com': (server.address, server.port)}, anchors=keys.anchors) as resolver:
        stop = threading.Event()

        def flap():
            r = random.Random(SEED)
            while not stop.is_set():
                kotae(server, 'steer', r.choice(('up', 'down')), r.choice(('192.0.2.*', '192.0.2.1/*', '2001:db8::*', '*')))

        thread = threading.Thread(target=flap)
        thread.start()
        try:
            good = 0
            for i in range(300):
                name = random.choice(('www', f'a{i}.wild', f'a{i}.b.wild', '')) + '.example.com'
                query_ = dns.message.make_query(name.lstrip('.'), random.choice(('A', 'AAAA', 'MX')), want_dnssec=True)
                reply = resolver.udp(query_, timeout=20)
                # what opt-out leaves open is not secure: a wildcard's next closer name (RFC 5155 s.9.2)
                secure = 'wild' in name or reply.flags & dns.flags.AD
                # a type that the chain has cannot be denied: SERVFAIL, and not a lie (RFC 6840 s.4.3)
                none = reply.rcode() == dns.rcode.SERVFAIL and query_.question[0].rdtype != dns.rdatatype.MX
                assert none or reply.rcode() == 0 and secure, (query_.question, reply, resolver.log()[-3000:])
                good += not none
            assert good > 50
        finally:
            stop.set()
            thread.join()

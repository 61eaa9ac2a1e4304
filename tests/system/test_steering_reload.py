"""A large map is replaced under load: nothing is lost, no answer is neither old nor new; a broken one changes nothing."""
import ipaddress
import json
import os
import random
import select
import socket
import struct
import threading
import time
import urllib.request

import pytest

import steering
from harness import FULL, Kotae, free_endpoint
from test_daemon import exactly

PREFIXES = 1000000 if FULL else 200000
ASKED = 500  # clients, in networks of their own
WINDOW = 48  # outstanding: what a socket's buffer holds
REGIONS = [f'r{i}' for i in range(8)]
ADDRESS = {region: f'192.0.2.{i + 1}' for i, region in enumerate(REGIONS)}
NAME = 'www.example.com.'


def networks():
    """Disjoint networks: IPv4 /24s in 11.0.0.0/8 and above, IPv6 /48s in 2400::/12."""
    generator = random.Random(53)
    v4 = generator.sample([n for n in range(11 << 16, 126 << 16) if n >> 16 != 100], PREFIXES // 2)
    v6 = generator.sample(range(0x2400 << 32, 0x2410 << 32), PREFIXES - PREFIXES // 2)
    return [ipaddress.ip_network((n << 8, 24)) for n in v4] + [ipaddress.ip_network((n << 80, 48)) for n in v6]


NETWORKS = networks()
SAMPLE = random.Random(7).sample(range(PREFIXES), ASKED)
LINES = [str(net) for net in NETWORKS]


def region(i, version):
    """Of network i: another one in each version, and every tenth is not in every version."""
    return None if i % 10 == version % 3 else REGIONS[(i + version) % len(REGIONS)]


def write_map(path, version, *more):
    rows = [f'{line},{region(i, version)}\n' for i, line in enumerate(LINES) if region(i, version)]
    with open(path + '.new', 'w') as out:
        out.writelines(rows + list(more))
    os.rename(path + '.new', path)


def steering_of(path):
    return {
        'maps': {'clients': {'networks': {f'198.18.{i}.0/24': r for i, r in enumerate(REGIONS)},
                             'networks-file': path, 'default': 'r0'}},
        'pools': {r: {'members': [{'address': ADDRESS[r]}]} for r in REGIONS},
        'services': {NAME.rstrip('.'): {'map': 'clients', 'ttl': '30s', 'regions': {r: r for r in REGIONS}}},
    }


class Mapped(Kotae):
    def __init__(self, directory):
        self.map = os.path.join(str(directory), 'nets.csv')
        write_map(self.map, 0)
        zone = os.path.join(str(directory), 'example.com.zone')
        with open(zone, 'w') as out:
            out.write(steering.ZONE)
        self.http = '%s:%d' % free_endpoint('127.0.0.1')
        super().__init__(directory, {'example.com': zone},
                         config={'steering': steering_of(self.map), 'http': {'listen': self.http}})

    def reload(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(120)
            sock.connect(self.path('control.sock'))
            text = json.dumps({'verb': 'reload', 'arguments': {}}).encode()
            sock.sendall(struct.pack('>I', len(text)) + text)
            length, = struct.unpack('>I', exactly(sock, 4))
            return json.loads(exactly(sock, length))

    def configure_steering(self, change=None):
        """Writes the configuration anew, with the steering section changed."""
        section = steering_of(self.map)
        if change:
            change(section)
        self.options['config']['steering'] = section
        self.configure()

    def metric(self, name):
        text = urllib.request.urlopen(f'http://{self.http}/metrics', timeout=10).read().decode()
        return float(next(line.split()[1] for line in text.splitlines() if line.split()[0] == name))

    def answer(self, i):
        return parse(self.exchange(question(i, 1), timeout=10))


def question(i, number):
    net = NETWORKS[i]
    query = steering.query(NAME, 'A', f'{net.network_address}/{24 if net.version == 4 else 56}')
    query.id = number
    return query.to_wire()


def parse(wire):
    """(address, scope) of the one A record and the option, which is last."""
    if wire is None or wire[3] & 15 or wire[6:8] != b'\0\1':
        return wire and wire.hex()
    at = 12 + len(NAME) + 1 + 4
    address = socket.inet_ntoa(wire[at + 12:at + 16])
    return address, wire[at + 16 + 11 + 4 + 3]


def test_the_reader_of_answers_reads_what_dnspython_reads(tmp_path):
    message = steering.query(NAME, 'A', '11.0.1.0/24')
    import dns.edns
    import dns.message
    import dns.rrset
    reply = dns.message.make_response(message)
    reply.answer = [dns.rrset.from_text(NAME, 30, 'IN', 'A', '192.0.2.7')]
    reply.use_edns(0, options=[dns.edns.ECSOption('11.0.1.0', 24, 21)])
    assert parse(reply.to_wire()) == ('192.0.2.7', 21)


class Load(threading.Thread):
    """Asks for the sampled clients in turn, WINDOW at a time, until it is stopped; keeps what it hears."""

    def __init__(self, server):
        super().__init__()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect((server.address, server.port))
        self.sock.setblocking(False)
        self.questions = [question(i, 0)[2:] for i in SAMPLE]
        self.ended = threading.Event()
        self.waiting = {}  # id -> (client, asked)
        self.heard = []  # (client, asked, answer)

    def hear(self, seconds):
        if not select.select([self.sock], [], [], seconds)[0]:
            return
        try:
            while True:
                wire = self.sock.recv(2048)
                client, asked = self.waiting.pop(wire[0] << 8 | wire[1])
                self.heard.append((client, asked, parse(wire)))
        except BlockingIOError:
            pass

    def run(self):
        number = 0
        while not self.ended.is_set():
            while len(self.waiting) < WINDOW:
                client = number % ASKED
                number += 1
                self.waiting[number & 0xffff] = client, time.monotonic()
                self.sock.send(struct.pack('>H', number & 0xffff) + self.questions[client])
            self.hear(1)
        deadline = time.monotonic() + 5
        while self.waiting and time.monotonic() < deadline:
            self.hear(1)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        self.sock.close()


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with Mapped(tmp_path_factory.mktemp('reload')) as mapped:
        yield mapped


def right(i, version, answer):
    """Is it the answer of that version?  Where the network is not in it, the scope tells."""
    wanted = region(i, version)
    bits = NETWORKS[i].prefixlen
    return answer[0] == ADDRESS[wanted or 'r0'] and 0 < answer[1] <= bits


def test_reload_under_load_loses_nothing_and_every_answer_is_old_or_new(server):
    answers = [{client: server.answer(i) for client, i in enumerate(SAMPLE)}]
    reloads = []  # (begun, over, version before)
    with Load(server) as load:
        time.sleep(0.3)
        for version in (1, 2, 3):
            write_map(server.map, version)
            begun = time.monotonic()
            reply = server.reload()
            over = time.monotonic()
            assert reply['status'] == 0, reply
            reloads.append((begun, over, version - 1))
            # What is asked from now on is of the new map.
            answers.append({client: server.answer(i) for client, i in enumerate(SAMPLE)})
            time.sleep(0.2)
    assert not load.waiting, f'{len(load.waiting)} of {len(load.heard)} queries have no answer'
    for version, of in enumerate(answers):
        for client, i in enumerate(SAMPLE):
            assert right(i, version, of[client]), (NETWORKS[i], version, of[client])
    assert len({of[client] for of in answers for client in of}) > 2 * len(REGIONS)
    during = 0
    for client, asked, answer in load.heard:
        # The versions that were there between the question and, at the latest, the end of the load.
        done = [before + 1 for _, over, before in reloads if over <= asked]
        first = done[-1] if done else 0
        under_way = any(begun <= asked <= over for begun, over, _ in reloads)
        during += under_way
        # One that was asked just before a reload began may be answered after it.
        assert answer in [of[client] for of in answers[first:first + 2]], (SAMPLE[client], first, answer)
    assert during > 500, f'only {during} of {len(load.heard)} queries while maps were made'
    print(f'{PREFIXES} networks, {len(load.heard)} queries, {during} during reloads of '
          + ', '.join(f'{over - begun:.2f} s' for begun, over, _ in reloads))


def drop_region(section):
    del section['services'][NAME.rstrip('.')]['regions']['r3']


def unknown_pool(section):
    section['services'][NAME.rstrip('.')]['regions']['*'] = 'nowhere'


def unknown_region(section):
    section['services'][NAME.rstrip('.')]['regions']['nowhere'] = 'r1'


def no_default(section):
    del section['maps']['clients']['default']


def no_members(section):
    section['pools']['r2']['members'] = []


def no_file(section):
    section['maps']['clients']['networks-file'] += '.gone'


def bad_database(section):
    path = section['maps']['clients']['networks-file'] + '.mmdb'
    with open(path, 'wb') as out:
        out.write(random.Random(1).randbytes(5000) + b'\xab\xcd\xefMaxMind.com' + b'\xe1' * 9)
    section['maps']['clients']['geo'] = {'database': path, 'match': {'JP': 'r1'}}


@pytest.mark.parametrize('change, told', [
    (drop_region, 'map clients has more, and there is no "*": r3'),
    (unknown_pool, 'there is no pool "nowhere"'),
    (no_default, 'default'),
    (no_members, 'members'),
    (no_file, 'nets.csv.gone'),
    (bad_database, 'nets.csv.mmdb'),
], ids=lambda x: getattr(x, '__name__', ''))
def test_a_configuration_whose_map_is_broken_leaves_the_old_map_answering(server, change, told):
    before = [server.answer(i) for i in SAMPLE]
    with Load(server) as load:
        server.configure_steering(change)
        try:
            reply = server.reload()
            assert reply['status'] == 1
            assert any(told in error['text'] or told in (error.get('file') or '') for error in reply['errors']), reply
            assert server.metric('kotae_config_refused') == 1
        finally:
            server.configure_steering()
    assert not load.waiting and len(load.heard) > 10
    assert all(answer == before[client] for client, _, answer in load.heard)
    assert server.reload()['status'] == 0
    assert server.metric('kotae_config_refused') == 0
    assert [server.answer(i) for i in SAMPLE] == before


def test_a_region_that_no_line_of_the_file_has_is_warned_of(server):
    """The file may be about to have it, so it is no error."""
    before = [server.answer(i) for i in SAMPLE]
    server.configure_steering(unknown_region)
    try:
        reply = server.reload()
        assert reply['status'] == 0
        [warning] = reply['errors']
        assert warning['grade'] == 'warning' and 'names region nowhere' in warning['text'], warning
        assert [server.answer(i) for i in SAMPLE] == before
    finally:
        server.configure_steering()
        server.reload()


@pytest.mark.parametrize('line, told', [
    ('300.1.2.0/24,r1\n', '300.1.2.0/24 is not a prefix'),
    ('11.1.2.0/24\n', 'region'),
    ('11.1.2.3/24,r1\n', 'bits are set behind it'),
], ids=['address', 'no region', 'host bits'])
def test_a_broken_line_of_a_large_file_is_named_and_changes_nothing(server, line, told):
    before = [server.answer(i) for i in SAMPLE]
    write_map(server.map, 5, line)
    with open(server.map) as lines:
        number = sum(1 for _ in lines)
    with Load(server) as load:
        reply = server.reload()
    assert not load.waiting
    assert reply['status'] == 1
    error = reply['errors'][0]
    assert error['file'].endswith('nets.csv') and error['line'] == number, error
    assert told in error['text'], error
    assert all(answer == before[client] for client, _, answer in load.heard)
    write_map(server.map, 3)
    assert server.reload()['status'] == 0
    assert [server.answer(i) for i in SAMPLE] == before

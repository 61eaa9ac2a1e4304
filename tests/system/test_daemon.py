"""kotaed as a process: start, stop, signals, reload, TCP, limits, the control socket, HTTP."""
import json
import os
import resource
import signal
import socket
import struct
import threading
import time
import urllib.error
import urllib.request

import dns.message
import dns.rcode
import pytest

from harness import Kotae, free_endpoint, tool

ZONE = '''$TTL 300
@ SOA ns hostmaster {serial} 3600 600 604800 300
@ NS ns
ns A 127.0.0.1
www A 192.0.2.1
'''


class Node(Kotae):
    """A Kotae with one zone file of its own, and its control socket."""

    def __init__(self, directory, zone=ZONE.format(serial=1), **options):
        self.zone_path = os.path.join(str(directory), 'example.com.zone')
        self.zone_write(zone)
        super().__init__(directory, {'example.com': self.zone_path}, **options)

    def zone_write(self, text):
        with open(self.zone_path, 'w') as out:
            out.write(text)

    def control(self, verb, **arguments):
        """The reply to a request, as control/message.h describes it."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(self.path('control.sock'))
            text = json.dumps({'verb': verb, 'arguments': arguments}).encode()
            sock.sendall(struct.pack('>I', len(text)) + text)
            length, = struct.unpack('>I', exactly(sock, 4))
            return json.loads(exactly(sock, length))

    def serial(self, name='example.com'):
        return self.ask(name, 'SOA').answer[0][0].serial

    def signal(self, number):
        self.process.send_signal(number)

    def dial(self, source=None):
        sock = socket.socket()
        sock.settimeout(10)
        if source:
            sock.bind((source, 0))
        sock.connect((self.address, self.port))
        return sock


def exactly(sock, n):
    octets = b''
    while len(octets) < n:
        more = sock.recv(n - len(octets))
        if not more:
            raise EOFError(f'{len(octets)} of {n} octets')
        octets += more
    return octets


def frame(name, rdtype='A'):
    message = dns.message.make_query(name, rdtype)
    wire = message.to_wire()
    return message.id, struct.pack('>H', len(wire)) + wire


def hear(sock):
    length, = struct.unpack('>H', exactly(sock, 2))
    return dns.message.from_wire(exactly(sock, length))


def until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, 'not in time'
        time.sleep(0.02)


@pytest.fixture
def node(tmp_path):
    with Node(tmp_path) as server:
        yield server


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_status_0(tmp_path, number):
    server = Node(tmp_path).start()
    server.signal(number)
    assert server.process.wait(10) == 0
    assert not os.path.exists(server.path('control.sock'))


def test_sigterm_during_the_start_is_status_0_too(tmp_path):
    zone = ZONE.format(serial=1) + '$GENERATE 1-200000 h$ A 10.0.0.1\n'
    server = Node(tmp_path, zone)
    server.start(wait=False)
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    assert server.process.wait(20) == 0


def test_it_starts_again_after_kill_9(tmp_path):
    server = Node(tmp_path).start()
    server.signal(signal.SIGKILL)
    server.process.wait(10)
    server.start()
    assert server.control('status')['status'] == 0
    assert server.stop() == 0


def test_a_second_daemon_on_the_same_port_is_refused(node, tmp_path):
    other = tmp_path / 'other'
    other.mkdir()
    second = Node(other, address=node.address, port=node.port)
    second.start(wait=False)
    assert second.process.wait(10) == 1
    assert 'cannot listen' in second.log()
    assert node.serial() == 1


def test_sighup_serves_the_new_zone(node):
    node.zone_write(ZONE.format(serial=2))
    node.signal(signal.SIGHUP)
    until(lambda: node.serial() == 2)


def test_a_broken_zone_keeps_its_last_good_version_and_says_why(node):
    node.zone_write(ZONE.format(serial=2) + 'bad A 1.2.3\n')
    reply = node.control('reload')
    assert reply['status'] == 1
    assert reply['errors'][0]['line'] == 6
    assert node.serial() == 1
    shown = node.control('zone show', name='example.com')
    assert (shown['status'], shown['result']['state']) == (2, 'stale')
    assert '1.2.3' in shown['result']['error']
    assert node.control('status')['result']['zones'] == {'serving': 0, 'stale': 1, 'failed': 0}
    assert 'the version before is served' in node.log()
    node.zone_write(ZONE.format(serial=3))
    assert node.control('reload')['status'] == 0
    assert node.serial() == 3


def test_a_zone_that_never_loaded_is_servfail(tmp_path):
    server = Node(tmp_path, 'nonsense here\n')
    server.start(wait=False)
    try:
        until(lambda: 'ready:' in server.log())
        assert server.ask('example.com', 'SOA').rcode() == dns.rcode.SERVFAIL
        server.zone_write(ZONE.format(serial=1))
        assert server.control('reload')['status'] == 0
        assert server.serial() == 1
    finally:
        assert server.stop() == 0


def test_a_wrong_configuration_changes_nothing(node):
    with open(node.path('kotae.yaml')) as file:
        text = file.read()
    node.write('kotae.yaml', text.replace('"zones"', '"zoness"'))
    node.zone_write(ZONE.format(serial=2))
    reply = node.control('reload')
    assert reply['status'] == 1 and reply['errors'][0]['line']
    assert node.serial() == 1
    assert any('configuration' in p for p in node.control('status')['result']['problems'])
    node.write('kotae.yaml', text)
    assert node.control('reload')['status'] == 0
    assert node.serial() == 2


def test_an_unchanged_file_is_not_read_again_but_one_whose_include_changed_is(tmp_path):
    (tmp_path / 'more.inc').write_text('inc A 192.0.2.8\n')
    with Node(tmp_path, ZONE.format(serial=1) + '$INCLUDE more.inc\n') as node:
        time.sleep(0.1)
        node.control('reload')  # looks for $INCLUDE, now that it matters
        assert node.control('reload')['result']['zones']['unchanged'] == 1
        (tmp_path / 'more.inc').write_text('inc A 192.0.2.9\n')
        assert node.control('reload')['result']['zones']['loaded'] == 1
        assert node.ask('inc.example.com').answer[0][0].address == '192.0.2.9'


def test_zones_of_a_directory_come_and_go(tmp_path):
    zones = tmp_path / 'zones'
    zones.mkdir()
    (zones / 'one.example.zone').write_text(ZONE.format(serial=11))
    (zones / 'ignored.txt').write_text('')
    with Node(tmp_path, config={'zones': {'*': {'directory': str(zones)}}}) as node:
        assert node.serial('one.example') == 11
        (zones / 'TWO.example.zone').write_text(ZONE.format(serial=12))
        os.unlink(zones / 'one.example.zone')
        reply = node.control('reload')['result']['zones']
        assert reply['loaded'] >= 1 and reply['removed'] == 1
        assert node.serial('two.example') == 12
        assert node.ask('one.example', 'SOA').rcode() == dns.rcode.REFUSED
        names = [z['name'] for z in node.control('zone list')['result']['zones']]
        assert names == ['example.com.', 'two.example.']


def test_a_directory_that_cannot_be_read_takes_no_zone_away(tmp_path):
    zones = tmp_path / 'zones'
    zones.mkdir()
    (zones / 'one.example.zone').write_text(ZONE.format(serial=11))
    with Node(tmp_path, config={'zones': {'*': {'directory': str(zones)}}}) as node:
        zones.rename(tmp_path / 'gone')
        reply = node.control('reload')
        assert reply['status'] == 1 and 'zones' in reply['errors'][0]['text']
        assert node.serial('one.example') == 11
        (tmp_path / 'gone').rename(zones)
        assert node.control('reload')['status'] == 0
        assert node.control('status')['status'] == 0


def test_a_reload_says_what_waits_for_a_restart(node):
    with open(node.path('kotae.yaml')) as file:
        config = json.load(file)
    config['node']['workers'] = 2
    config['authority'] = {'images-size': '1MiB', 'minimal': False}
    node.write('kotae.yaml', json.dumps(config))
    reply = node.control('reload')
    assert reply['status'] == 0
    assert sorted(reply['result']['restart-needed']) == ['authority.images-size', 'node.workers']
    assert node.ask('www.example.com').authority  # the other change is in force


def test_sigterm_during_a_reload_stops_when_it_is_over(tmp_path):
    big = ZONE.format(serial=1) + '$GENERATE 1-300000 h$ A 10.0.0.1\n'
    with Node(tmp_path) as node:
        node.zone_write(big)
        replies = []
        thread = threading.Thread(target=lambda: replies.append(node.control('reload')['status']))
        thread.start()
        time.sleep(0.1)
        node.signal(signal.SIGTERM)
        assert node.process.wait(30) == 0
        thread.join(10)
        assert replies == [0]


def test_a_client_that_does_not_read_its_reply_does_not_hold_up_the_end(node):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(node.path('control.sock'))
        text = b'{"verb": "status"}'
        sock.setblocking(False)
        try:
            for _ in range(20000):
                sock.send(struct.pack('>I', len(text)) + text)
        except BlockingIOError:
            pass
        assert node.control('status')['status'] == 0
        node.signal(signal.SIGTERM)
        assert node.process.wait(10) == 0


def test_listeners_change_with_a_reload_and_others_stay_open(node):
    address, port = free_endpoint()
    with open(node.path('kotae.yaml')) as file:
        config = json.load(file)
    kept = node.dial()
    config['listen'].append({'address': address, 'port': port, 'serve': 'authority'})
    node.write('kotae.yaml', json.dumps(config))
    assert all(change['reload'] for change in node.control('config diff')['result']['changes'])
    reply = node.control('reload')
    assert reply['status'] == 0 and not reply['result']['restart-needed']
    with socket.create_connection((address, port), 5) as new:
        new.sendall(frame('www.example.com')[1])
        assert hear(new).answer
    kept.sendall(frame('www.example.com')[1])
    assert hear(kept).answer
    config['listen'].pop()
    node.write('kotae.yaml', json.dumps(config))
    assert node.control('reload')['status'] == 0
    with pytest.raises(OSError):
        socket.create_connection((address, port), 2)
    kept.sendall(frame('www.example.com')[1])
    assert hear(kept).answer
    kept.close()


def test_pipelined_queries_over_tcp_all_have_their_answers(node):
    queries = dict(frame('www.example.com') for _ in range(500))
    with node.dial() as sock:
        sock.sendall(b''.join(queries.values()))
        sock.shutdown(socket.SHUT_WR)
        for _ in range(len(queries)):
            reply = hear(sock)
            assert reply.answer[0][0].address == '192.0.2.1'
            del queries[reply.id]
        assert sock.recv(1) == b''
    assert not queries


def test_many_idle_connections_stop_neither_udp_nor_new_tcp_answers(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < min(hard, 20000):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20000), hard))
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    wanted = min(10000, room - 200) if room != resource.RLIM_INFINITY else 10000
    with Node(tmp_path, config={'tcp': {'idle': '60s'}}) as node:
        idle = []
        try:
            for i in range(wanted):
                sock = node.dial(f'127.1.{i // 100 % 250}.{i % 100 + 1}')
                if i % 2:
                    sock.send(b'\x00\x40x')  # a query that never becomes whole
                idle.append(sock)
                if i % 1000 == 0:
                    assert node.serial() == 1
                    assert node.ask('www.example.com', tcp=True).answer
            for _ in range(100):
                assert node.serial() == 1
                assert node.ask('www.example.com', tcp=True).answer
            with node.dial('127.2.2.2') as sock:  # still there after its first answer
                for _ in range(3):
                    sock.sendall(frame('www.example.com')[1])
                    assert hear(sock).answer
        finally:
            for sock in idle:
                sock.close()


class Starved(Node):
    """With as many descriptors as a careless init gives."""

    def configure(self):
        return [tool('prlimit'), '--nofile=100:100', *super().configure()]


def test_with_few_descriptors_it_answers_and_reloads_under_a_crowd(tmp_path):
    with Starved(tmp_path) as node:
        crowd = [node.dial(f'127.3.0.{i + 1}') for i in range(200)]
        assert node.ask('www.example.com', tcp=True).answer
        node.zone_write(ZONE.format(serial=2))
        assert node.control('reload')['status'] == 0
        assert node.serial() == 2
        assert 'instead of' in node.log()
        for sock in crowd:
            sock.close()


class Load(threading.Thread):
    """Asks over UDP, at most 32 questions under way, and counts what is not answered right."""

    def __init__(self, node):
        super().__init__()
        self.node, self.stopped, self.asked, self.wrong, self.open = node, False, 0, 0, set()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(3)
        self.sock.connect((node.address, node.port))
        self.query = dns.message.make_query('www.example.com', 'A', id=0).to_wire()[2:]

    def run(self):
        try:
            while not self.stopped or self.open:
                while not self.stopped and len(self.open) < 32:
                    number = self.asked % 65536
                    self.asked += 1
                    self.open.add(number)
                    self.sock.send(struct.pack('>H', number) + self.query)
                reply = self.sock.recv(4096)
                number, flags = struct.unpack('>HH', reply[:4])
                self.open.discard(number)
                self.wrong += flags & 15 != 0 or reply[6:8] != b'\x00\x01'
        except socket.timeout:
            pass  # what is in self.open was not answered
        self.sock.close()


def test_fifty_reloads_under_load_leave_no_query_unanswered(node):
    load = Load(node)
    load.start()
    try:
        for serial in range(2, 52):
            node.zone_write(ZONE.format(serial=serial))
            assert node.control('reload')['result']['zones']['loaded'] == 1
    finally:
        load.stopped = True
        load.join(30)
    assert node.serial() == 51
    assert load.asked > 1000
    assert (load.wrong, len(load.open)) == (0, 0), f'of {load.asked}'


def test_reloads_asked_for_at_once_are_all_answered_after_what_they_saw(node):
    replies = []
    node.zone_write(ZONE.format(serial=2))

    def ask():
        replies.append(node.control('reload')['status'])
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert replies == [0] * 20
    assert node.serial() == 2


def test_stop_over_the_control_socket_answers_when_it_is_done(node):
    assert node.control('stop')['status'] == 0
    assert node.exchange(dns.message.make_query('www.example.com', 'A').to_wire(), 0.3) is None
    assert node.process.wait(10) == 0


def test_octets_that_are_no_request_end_only_their_connection(node):
    for octets in (b'\xff\xff\xff\xffxxxx', b'\x00\x00\x00\x00', b'GET / HTTP/1.1\r\n\r\n',
                   struct.pack('>I', 5) + b'{{{{{', struct.pack('>I', 2) + b'[]', b'\x00'):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(node.path('control.sock'))
            sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)
            try:
                while sock.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    assert node.control('status')['status'] == 0


def test_an_ordinary_user_keeps_low_ports_and_the_sandbox_allows_all_it_does(tmp_path):
    if os.geteuid() != 0:
        pytest.skip('needs root')
    for path in [tmp_path, *tmp_path.parents]:
        if path.stat().st_uid == os.geteuid() and path != path.parent:
            path.chmod(path.stat().st_mode | 0o055)
    port = free_endpoint()[1] % 400 + 600
    http_port = free_endpoint('127.0.0.1')[1]
    with Node(tmp_path, port=port, config={'node': {'user': 'nobody'},
                                          'http': {'listen': f'127.0.0.1:{http_port}'}}) as node:
        with open(f'/proc/{node.process.pid}/status') as file:
            status = dict(line.split(':\t', 1) for line in file.read().splitlines() if ':\t' in line)
        assert status['Uid'].split() == ['65534'] * 4
        assert int(status['CapEff'], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
        assert status['NoNewPrivs'] == '1'
        with open(node.path('kotae.yaml')) as file:
            config = json.load(file)
        config['listen'][0]['port'] = node.port = port + 1
        node.write('kotae.yaml', json.dumps(config))
        assert node.control('reload')['status'] == 0
        assert node.serial() == 1
        assert node.ask('www.example.com', tcp=True).answer
        for verb, arguments in (('status', {}), ('zone list', {}), ('config diff', {}),
                                ('zone show', {'name': 'example.com'})):
            assert node.control(verb, **arguments)['status'] == 0
        urllib.request.urlopen(f'http://127.0.0.1:{http_port}/metrics', timeout=5).read()
        assert 'not allowed' not in node.log()


def test_http_tells_metrics_and_health_and_refuses_the_rest(tmp_path):
    port = free_endpoint('127.0.0.1')[1]

    def get(path, method='GET', **headers):
        request = urllib.request.Request(f'http://127.0.0.1:{port}{path}', method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ''
    with Node(tmp_path, config={'http': {'listen': f'127.0.0.1:{port}'}}) as node:
        node.ask('www.example.com')
        status, text = get('/metrics')
        assert status == 200 and text.endswith('# EOF\n')
        values = dict(line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#'))
        assert int(values['kotae_authority_queries_total']) >= 1
        assert values['kotae_zones{state="serving"}'] == '1'
        assert get('/healthz')[0] == get('/readyz')[0] == 200
        assert get('/nothing')[0] == 404
        assert get('/metrics', 'POST')[0] == 405
        assert get('/metrics', Host='evil.example')[0] == 403


def test_systemd_is_told_ready_reloading_and_stopping(tmp_path, monkeypatch):
    path = str(tmp_path / 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(path)
        told.settimeout(10)
        monkeypatch.setenv('NOTIFY_SOCKET', path)
        monkeypatch.setenv('WATCHDOG_USEC', '200000')

        def wait_for(word):
            while True:
                text = told.recv(4096).decode()
                if word in text.splitlines():
                    return text
        server = Node(tmp_path).start()
        try:
            wait_for('READY=1')
            wait_for('WATCHDOG=1')
            server.signal(signal.SIGHUP)
            assert 'MONOTONIC_USEC=' in wait_for('RELOADING=1')
            wait_for('READY=1')
        finally:
            server.stop()
        wait_for('STOPPING=1')

"""kotae ecs: tables, checks of live servers, orders of arrival, costs, lint, exports and differences."""
import ipaddress
import json
import os
import pty
import socket
import struct
import subprocess
import threading

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

import harness

ZONE = '''$ORIGIN example.com.
@ 3600 SOA ns1 hostmaster 1 7200 1800 259200 10
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
plain 300 AAAA 2001:db8::99
'''
REGIONS = {'osaka1': ('240b:10:200::/41', '2001:db8:10::1'), 'osaka2': ('240b:10:280::/41', '2001:db8:10::2'),
           'osaka3': ('240b:10:300::/40', '2001:db8:10::5'), 'kyushu': ('240b:10:400::/39', '2001:db8:20::1')}
ADDRESS = {name: address for name, (_, address) in REGIONS.items()} | {'tokyo': '2001:db8::1'}
# network asked, region, scope
ROWS = [('240b:10::/40', 'tokyo', 39), ('240b:10:200::/40', 'osaka1', 41), ('240b:10:280::/41', 'osaka2', 41),
        ('240b:10:300::/40', 'osaka3', 40), ('240b:10:400::/40', 'kyushu', 39), ('240b:10:500::/40', 'kyushu', 39),
        ('240b:10:600::/40', 'tokyo', 39), ('240b:11::/40', 'tokyo', 32), ('240b:10::/32', 'tokyo', 41),
        ('240b:10:200::/39', 'osaka3', 41), ('192.0.2.0/24', 'tokyo', 9)]
SEVEN = ''.join(f'240b:10:{i}00::/40\n' for i in range(7))


def steering(networks=None, **japan):
    return {'maps': {'japan': {'networks': networks or {p: r for r, (p, _) in REGIONS.items()},
                               'default': 'tokyo', **japan}},
            'pools': {r: {'members': [{'address': a}]} for r, a in ADDRESS.items()},
            'services': {'www.example.com': {'map': 'japan', 'regions': {r: [r] for r in ADDRESS}}}}


def kotae(*args, **more):
    return subprocess.run([harness.build('kotae'), *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, **more)


@pytest.fixture
def config(tmp_path):
    """A configuration that no daemon has loaded."""
    (tmp_path / 'example.com.zone').write_text(ZONE)
    path = tmp_path / 'kotae.yaml'

    def write(section=None, name='kotae.yaml'):
        path = tmp_path / name
        path.write_text(json.dumps({'zones': {'example.com': {'file': 'example.com.zone'}},
                                    'steering': section or steering()}, indent=1))
        return path
    write.path, write.directory = path, tmp_path
    return write


def result_of(done, status):
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)['result']


# ---- table

@pytest.mark.parametrize('name', ['japan', 'www.example.com', 'WWW.example.COM.'])
def test_table_has_what_each_network_gets_and_why(config, name):
    path = config()
    rows = result_of(kotae('-c', path, '-j', 'ecs', 'table', name, *[p for p, _, _ in ROWS]), 0)['rows']
    lines = path.read_text().splitlines()
    for row, (prefix, region, scope) in zip(rows, ROWS, strict=True):
        assert (row['asked'], row['class'], row['scope']) == (prefix, region, scope)
        assert row['file'] == str(path)
        assert (f'"{REGIONS[region][0]}"' if region in REGIONS else '"japan"') in lines[row['line'] - 1], row
        if name != 'japan':
            assert row['targets'] == ADDRESS[region]


def test_table_cuts_prefixes_as_resolvers_do(config):
    done = kotae('-c', config(), '-j', 'ecs', 'table', 'japan', '240b:10:280::/64', '--source', '24,32,39,40,41,56,128')
    rows = result_of(done, 0)['rows']
    assert [(r['asked'], r['class'], r['scope']) for r in rows] == [
        ('240b::/24', 'tokyo', 41), ('240b:10::/32', 'tokyo', 41), ('240b:10:200::/39', 'osaka3', 41),
        ('240b:10:200::/40', 'osaka1', 41), ('240b:10:280::/41', 'osaka2', 41), ('240b:10:280::/56', 'osaka2', 41)]


def test_table_of_all_cells_parts_the_whole_space(config):
    result = result_of(kotae('-c', config(), '-j', 'ecs', 'table', 'japan'), 0)
    for version, width in ((4, 32), (6, 128)):
        at = 0
        for cell in (ipaddress.ip_network(c['prefix']) for c in result['cells'] if c['family'] == version):
            assert int(cell.network_address) == at
            at += cell.num_addresses
        assert at == 1 << width
    text = kotae('-c', config(), 'ecs', 'table', 'japan').stdout
    assert '\n240b:10:280::/41         osaka2\n' in text


def test_what_cannot_be_looked_at_is_told(config, tmp_path):
    path = config()
    for words, what in ((('table', 'japn'), 'did you mean "japan"'), (('table', 'japan', '10.0.0.1/8'), 'bits behind it'),
                        (('table', 'japan', '10.0.0.0/8', '--source', 'x'), '--source takes'), (('cost', 'japan'), '--prefixes'),
                        (('simulate', 'japan', '--prefixes', tmp_path / 'none'), 'cannot be read'),
                        (('export', 'japan', '--format', 'xml'), 'csv or json'),
                        (('diff', path, tmp_path / 'none'), 'cannot be read')):
        done = kotae('-c', path, 'ecs', *words)
        assert done.returncode == 1 and what in done.stderr and not done.stdout, done


# ---- simulate and cost

@pytest.mark.parametrize('scopes, wrong', [
    ('partition', {'rfc': (0, 0), 'unbound': (0, 0), 'powerdns': (0, 0)}),
    ('source', {'rfc': (0, 0), 'unbound': (0, 0), 'powerdns': (0, 0)}),
    ('matched', {'rfc': (4680, 5.4), 'unbound': (5040, 7.0), 'powerdns': (4680, 5.4)})])
@pytest.mark.parametrize('name', ['japan', 'www.example.com'])
def test_all_orders_of_seven_networks(config, scopes, wrong, name):
    (config.directory / 'seven').write_text(SEVEN)
    done = kotae('-c', config(), '-j', 'ecs', 'simulate', name, '--prefixes', config.directory / 'seven',
                 '--server-scope', scopes)
    for cache in result_of(done, 2 if scopes == 'matched' else 0)['caches']:
        assert cache['orders'] == 5040 and cache['all-orders']
        orders, mean = wrong[cache['cache']]
        assert cache['orders-wrong'] == orders and cache['wrong-mean'] == pytest.approx(mean)
        if scopes != 'matched':
            assert cache['entries'] == {'partition': 5, 'source': 7}[scopes]
        else:
            assert cache['first'] in ('240b:10::/40', '240b:10:100::/40', '240b:10:600::/40')
            assert cache['then'] in ('240b:10:200::/40', '240b:10:300::/40', '240b:10:400::/40', '240b:10:500::/40')


def test_a_sample_of_orders_of_many_networks(config):
    prefixes = [f'240b:10:{i:x}::/48' for i in range(0, 0x700, 0x20)]
    (config.directory / 'many').write_text('\n'.join(prefixes))
    words = ['-c', config(), '-j', 'ecs', 'simulate', 'japan', '--prefixes', config.directory / 'many', '--orders', '200']
    for cache in result_of(kotae(*words), 0)['caches']:
        assert (cache['orders'], cache['orders-wrong'], cache['all-orders']) == (200, 0, False)
    [cache] = result_of(kotae(*words, '--server-scope', 'zero', '--cache', 'unbound'), 2)['caches']
    assert cache['orders-wrong'] == 200


@pytest.mark.parametrize('isp, source, entries, naive', [
    ('240b:10::/32', 40, 10, 256), ('240b:10::/32', 48, 11, 65536), ('240b::/20', 56, 23, 2 ** 36)])
def test_cost_of_an_isp(config, isp, source, entries, naive):
    (config.directory / 'isp').write_text(isp)
    done = kotae('-c', config(), '-j', 'ecs', 'cost', 'japan', '--prefixes', config.directory / 'isp', '--source', source,
                 '--names', '10', '--types', '2')
    cost = result_of(done, 0)['ipv6']
    assert (cost['entries'], cost['entries-scope-source'], cost['entries-all']) == (entries, naive, entries * 20)


def test_cost_warns_above_what_unbound_keeps(config):
    networks = {f'2001:db8:{i:x}::/48': ('osaka1', 'osaka2')[i % 2] for i in range(101)}
    (config.directory / 'isp').write_text('2001:db8::/32')
    done = kotae('-c', config({'maps': {'m': {'networks': networks, 'default': 'osaka3'}}}), 'ecs', 'cost', 'm',
                 '--prefixes', config.directory / 'isp')
    assert done.returncode == 2 and 'max-ecs-tree-size-ipv6' in done.stderr


# ---- lint, export, diff

def test_lint_names_targets_that_nobody_reaches(config):
    assert kotae('-c', config(), 'ecs', 'lint').returncode == 0
    findings = result_of(kotae('-c', config(), '-j', 'ecs', 'lint', '--source', '24,40'), 2)['findings']
    [unreachable] = [f for f in findings if f['word'] == 'class-unreachable']
    assert 'osaka2' in unreachable['text'] and ADDRESS['osaka2'] in unreachable['text']


def test_lint_finds_networks_that_change_nothing_in_files(config):
    (config.directory / 'nets.csv').write_text('# nets\n192.0.2.0/24,a\n192.0.2.0/25,a\n198.51.100.0/24,b\n')
    path = config({'maps': {'m': {'networks-file': 'nets.csv', 'default': 'b'}}})
    done = kotae('-c', path, 'ecs', 'lint', 'm')
    assert done.returncode == 2
    assert 'nets.csv:3: warning: 192.0.2.0/25' in done.stdout and 'nets.csv:4: warning: 198.51.100.0/24' in done.stdout


@pytest.mark.parametrize('form', ['csv', 'json'])
def test_an_export_is_the_same_as_its_configuration(config, form):
    path = config()
    for name in 'japan', 'www.example.com':
        out = config.directory / f'export.{form}'
        out.write_text(kotae('-c', path, 'ecs', 'export', name, '--format', form).stdout)
        assert kotae('ecs', 'diff', path, out).returncode == 0
        changed = config(steering(
                                  {p: r for r, (p, _) in REGIONS.items() if r != 'osaka2'} | {'192.0.2.0/24': 'osaka2'}),
                         'changed.yaml')
        [diff] = result_of(kotae('-j', 'ecs', 'diff', out, changed), 2)['differences']
        assert diff['ipv4']['addresses'] == 256
        assert diff['ipv6']['addresses'] == 2.0 ** 87
        assert {(c['block'], c['from'], c['to']) for c in diff['top']} == {
            ('192.0.2.0/24', 'tokyo', 'osaka2'), ('240b:10:280::/41', 'osaka2', 'tokyo')}


def test_a_difference_of_lists_and_configurations(config):
    (config.directory / 'old').write_text('192.0.2.0/24,a\n198.51.100.0/24,b\n')
    (config.directory / 'new').write_text('prefix,region\n192.0.2.0/25,a\n192.0.2.128/25,a\n198.51.100.0/24,c\n')
    done = kotae('ecs', 'diff', config.directory / 'old', config.directory / 'new')
    assert done.returncode == 2 and '256 addresses change' in done.stdout and '198.51.100.0/24  b     c' in done.stdout
    assert kotae('ecs', 'diff', config.directory / 'old', config.directory / 'old').returncode == 0
    one, other = config(), config({'maps': {'other': {'default': 'x'}}}, 'other.yaml')
    text = kotae('ecs', 'diff', one, other).stdout
    assert 'map japan is gone' in text and 'map other is new' in text and 'service www.example.com. is gone' in text


# ---- check, against a server of many manners

class Manners(threading.Thread):
    """Answers AAAA 2001:db8::1 with scope 24; the first label of the name says what is wrong with it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.host, self.port = harness.free_endpoint()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.host, self.port))
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((self.host, self.port))
        self.tcp.listen()
        self.seen = []
        threading.Thread(target=self.serve_tcp, daemon=True).start()
        self.start()

    def answer(self, octets, tcp):
        query = dns.message.from_wire(octets)
        label = query.question[0].name.labels[0].decode()
        self.seen.append((label, tcp, query.flags & dns.flags.RD))
        if label == 'silent' or (label == 'lost' and len([s for s in self.seen if s[0] == 'lost']) == 1):
            return None
        if label == 'garbage':
            return octets[:2] + b'\x84\x00' + octets[4:6] + b'\x00\x09' + octets[8:-1]
        reply = dns.message.make_response(query)
        ecs = next((o for o in query.options if o.otype == dns.edns.ECS), None)
        if label == 'refused':
            reply.set_rcode(dns.rcode.REFUSED)
        elif label == 'truncated' and not tcp:
            reply.flags |= dns.flags.TC
        elif label != 'nodata':
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 30, 'IN', 'AAAA',
                                                    '2001:db8::2' if label == 'other' else '2001:db8::1'))
        if ecs and label != 'noecs':
            address = '198.51.100.0' if label == 'echo' else ecs.address
            reply.use_edns(options=[dns.edns.ECSOption(address, ecs.srclen, 0 if label == 'zero' else 24)])
        wire = reply.to_wire()
        if label == 'stranger':  # somebody else's id first
            self.extra = bytes([wire[0] ^ 1]) + wire[1:]
        return wire

    def run(self):
        while True:
            octets, peer = self.udp.recvfrom(4096)
            self.extra = None
            wire = self.answer(octets, False)
            for out in (self.extra, wire):
                if out:
                    self.udp.sendto(out, peer)

    def serve_tcp(self):
        while True:
            client, _ = self.tcp.accept()
            with client:
                size, = struct.unpack('!H', client.recv(2, socket.MSG_WAITALL))
                wire = self.answer(client.recv(size, socket.MSG_WAITALL), True)
                client.sendall(struct.pack('!H', len(wire)) + wire)


@pytest.fixture(scope='module')
def manners():
    return Manners()


def test_check_tells_each_fault_by_its_name(manners, tmp_path):
    verdicts = {'fine': 'ok', 'other': 'wrong answer', 'nodata': 'wrong answer', 'zero': 'wrong scope',
                'refused': 'wrong rcode', 'noecs': 'no client subnet in the reply', 'lost': 'ok', 'truncated': 'ok',
                'echo': 'another client subnet in the reply', 'garbage': 'malformed reply', 'silent': 'no reply',
                'stranger': 'ok'}
    file = tmp_path / 'expected'
    file.write_text(''.join(f'name {label}.example. AAAA\n192.0.2.0/24 2001:db8::1 24\n' for label in verdicts))
    done = kotae('-j', 'ecs', 'check', file, '--server', f'{manners.host}:{manners.port}', '--timeout', '300ms', '--tries', '2')
    result = result_of(done, 2)
    assert {row['name'].split('.')[0]: row['verdict'] for row in result['rows']} == verdicts
    assert result['wrong'] == len([v for v in verdicts.values() if v != 'ok'])
    assert ('truncated', True, 0) in manners.seen and len([s for s in manners.seen if s[0] == 'silent']) == 2


def test_check_asks_a_resolver_with_recursion_and_rows_without_a_subnet(manners, tmp_path):
    file = tmp_path / 'expected.csv'
    file.write_text('prefix,expected,scope\n-,2001:db8::1\n192.0.2.0/24,*,24\n')
    done = kotae('ecs', 'check', file, '--via', f'{manners.host}@{manners.port}', '--name', 'resolved.example', '--type', 'AAAA')
    assert done.returncode == 0, done.stdout
    assert '2 rows, 0 wrong' in done.stdout and '192.0.2.0/24/24' in done.stdout
    assert ('resolved', False, dns.flags.RD) in manners.seen


def test_check_says_when_nobody_is_there_and_when_it_does_not_know_what_to_ask(tmp_path):
    host, port = harness.free_endpoint()
    file = tmp_path / 'expected'
    file.write_text('192.0.2.0/24 192.0.2.1\n')
    done = kotae('ecs', 'check', file, '--server', f'{host}:{port}', '--name', 'a.example', '--tries', '1')
    assert done.returncode == 2 and 'no reply: Connection refused' in done.stdout
    for words, what in (((file, '--server', host), 'which name'), ((file,), 'whom to ask'),
                        ((file, '--server', 'x'), 'no address'), ((tmp_path / 'none', '--server', host), 'cannot be read'),
                        ((file, '--server', host, '--via', host), 'one at a time')):
        done = kotae('ecs', 'check', *words)
        assert done.returncode == 1 and what in done.stderr, done


def test_check_colours_verdicts_on_a_terminal(manners, tmp_path):
    (tmp_path / 'e').write_text('name fine.example. AAAA\n192.0.2.0/24 2001:db8::1\n192.0.2.0/24 2001:db8::2\n')
    leader, follower = pty.openpty()
    subprocess.run([harness.build('kotae'), 'ecs', 'check', tmp_path / 'e', '--server', f'{manners.host}:{manners.port}'],
                   stdout=follower, stderr=subprocess.DEVNULL, env={k: v for k, v in os.environ.items() if k != 'NO_COLOR'})
    os.close(follower)
    text = os.read(leader, 65536).decode()
    os.close(leader)
    assert '\033[32mok\033[0m' in text and '\033[1;31mwrong answer\033[0m' in text


# ---- with kotaed

@pytest.fixture
def server(tmp_path):
    zone = tmp_path / 'example.com.zone'
    zone.write_text(ZONE)
    with harness.Kotae(tmp_path, {'example.com': zone}, config={'steering': steering()}) as running:
        running.at = ['--socket', running.path('control.sock')]
        yield running


def expectations(rows=ROWS):
    return 'name www.example.com. AAAA\n' + ''.join(f'{p}  {ADDRESS[r]}  {s}\n' for p, r, s in rows)


def test_kotaed_answers_as_the_table_says(server, tmp_path):
    (tmp_path / 'expected').write_text(expectations())
    done = kotae('ecs', 'check', tmp_path / 'expected', '--server', f'{server.address}:{server.port}')
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / 'wrong').write_text(expectations([('240b:10::/40', 'kyushu', 39), ('240b:10::/40', 'tokyo', 0)]))
    done = kotae('ecs', 'check', tmp_path / 'wrong', '--server', f'{server.address}:{server.port}')
    assert done.returncode == 2 and 'wrong answer' in done.stdout and 'wrong scope: expected 0' in done.stdout


def test_what_runs_is_looked_at_over_the_control_socket(server, tmp_path):
    prefixes = [p for p, _, _ in ROWS]
    for name in 'japan', 'www.example.com':
        running = result_of(kotae(*server.at, '-j', 'ecs', 'table', name, '--running', *prefixes), 0)['rows']
        assert [(r['asked'], r['class'], r['scope']) for r in running] == ROWS
        (tmp_path / 'running.csv').write_text(kotae(*server.at, 'ecs', 'export', name, '--running').stdout)
        assert kotae('ecs', 'diff', server.path('kotae.yaml'), tmp_path / 'running.csv').returncode == 0
    (tmp_path / 'seven').write_text(SEVEN)
    for verb in 'simulate', 'cost':
        done = kotae(*server.at, 'ecs', verb, 'www.example.com', '--running', '--prefixes', tmp_path / 'seven')
        assert done.returncode == 0, done.stdout + done.stderr
    done = kotae(*server.at, 'ecs', 'table', 'nowhere', '--running')
    assert done.returncode == 1 and 'no map or service of this name' in done.stderr


def test_lint_names_resolvers_whose_subnets_are_too_short(server, tmp_path):
    assert kotae(*server.at, 'ecs', 'lint', '--running').returncode == 0
    (tmp_path / 'short').write_text(expectations([('240b:10:200::/40', 'osaka1', 41)] * 3))
    assert kotae('ecs', 'check', tmp_path / 'short', '--server', f'{server.address}:{server.port}').returncode == 0
    [finding] = result_of(kotae(*server.at, '-j', 'ecs', 'lint', '--running'), 2)['findings']
    assert finding['word'] == 'source-too-short'
    for part in 'with /40', 'needs /41', 'sent 3 ', f'osaka2 ({ADDRESS["osaka2"]})':
        assert part in finding['text'], finding
    for name in 'japan', 'www.example.com', 'WWW.example.com.':
        assert result_of(kotae(*server.at, '-j', 'ecs', 'lint', name, '--running'), 2)['findings'] == [finding]
    done = kotae(*server.at, 'ecs', 'lint', 'nowhere', '--running')
    assert done.returncode == 1 and 'there is no service "nowhere"' in done.stderr

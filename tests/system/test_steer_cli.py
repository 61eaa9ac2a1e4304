"""kotae steer: what a running kotaed watches, words of the operator, and what outlasts a restart."""
import json
import os
import socket
import subprocess
import time

import pytest

from harness import Kotae, build

ZONE = """$TTL 1h
@ SOA ns1 hostmaster 7 2h 30m 4w 5m
  NS ns1
ns1 A 192.0.2.53
"""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Steered(Kotae):
    """www: a tcp pool, then one by a file of states, then one by word of mouth."""

    def __init__(self, directory):
        zone = os.path.join(directory, 'example.com.zone')
        with open(zone, 'w') as out:
            out.write(ZONE)
        self.web_port = free_port()
        self.web = None
        self.states = os.path.join(directory, 'states')
        self.tell_states('127.0.0.2 up\n127.0.0.5 up\n')
        super().__init__(directory, {'example.com': zone}, config={
            'http': {'listen': f'127.0.0.1:{free_port()}'},
            'steering': {
                'monitors': {
                    'web': {'type': 'tcp', 'port': self.web_port, 'interval': '200ms', 'timeout': '100ms',
                            'fall': 2, 'rise': 2},
                    'file': {'type': 'file', 'file': self.states, 'interval': '100ms', 'timeout': '100ms',
                             'fall': 1, 'rise': 1},
                    'push': {'type': 'push'},
                },
                'pools': {
                    'first': {'members': [{'address': '127.0.0.1'}], 'monitor': 'web'},
                    'second': {'members': [{'address': '127.0.0.2'}, {'address': '127.0.0.5'}],
                               'monitor': 'file', 'method': 'failover'},
                    'third': {'members': [{'address': '127.0.0.3'}], 'monitor': 'push'},
                },
                'services': {'www.example.com': {'pools': ['first', 'second', 'third'], 'ttl': '30s'}},
            },
        })

    def tell_states(self, text):
        new = self.states + '.new'
        with open(new, 'w') as out:
            out.write(text)
        os.rename(new, self.states)

    def listen(self):
        self.web = socket.socket()
        self.web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.web.bind(('127.0.0.1', self.web_port))
        self.web.listen(128)

    def close(self):
        if self.web:
            self.web.close()
        self.web = None

    def answer(self):
        reply = self.ask('www.example.com', 'A')
        return sorted(r.address for rrset in reply.answer for r in rrset)

    def wait(self, expected, seconds=10):
        """The answer comes to be this; how long it took."""
        began = time.monotonic()
        while self.answer() != expected:
            assert time.monotonic() - began < seconds, (self.answer(), self.log())
            time.sleep(0.01)
        return time.monotonic() - began

    def kotae(self, *words):
        return subprocess.run([build('kotae'), '--socket', self.path('control.sock'), *words], text=True,
                              capture_output=True, timeout=60, stdin=subprocess.DEVNULL)

    def steer(self, *words, status=0):
        done = self.kotae('--json', 'steer', *words)
        reply = json.loads(done.stdout)
        assert reply['status'] == done.returncode == status, reply
        return reply

    def target(self, key):
        return self.steer('list', key, status=self.status_of(key))['result']['targets'][0]

    def status_of(self, key):
        done = self.kotae('--json', 'steer', 'list', key)
        return done.returncode


@pytest.fixture
def server(tmp_path):
    steered = Steered(str(tmp_path))
    steered.listen()
    with steered:
        yield steered
    steered.close()


def test_list_has_every_target_in_order_and_status_2_when_one_is_down(server):
    reply = server.steer('list')
    keys = [t['target'] for t in reply['result']['targets']]
    assert keys == ['127.0.0.1/web', '127.0.0.2/file', '127.0.0.3/push', '127.0.0.5/file',
                    'pool/first', 'pool/second', 'pool/third']
    assert all(t['state'] == 'up' for t in reply['result']['targets'])
    web = reply['result']['targets'][0]
    assert web['type'] == 'tcp' and web['found'] == 'up' and web['ok'] >= 1 and web['override'] is None
    assert reply['result']['targets'][2]['found'] == 'unknown'
    server.close()
    server.wait(['127.0.0.2'])
    down = server.steer('list', status=2)['result']['targets'][0]
    assert down['state'] == 'down' and down['error'] and down['changes'] == 1
    pools = {t['target']: t for t in server.steer('list', status=2)['result']['targets'] if t['target'].startswith('pool/')}
    assert {key: t['state'] for key, t in pools.items()} == {'pool/first': 'down', 'pool/second': 'up', 'pool/third': 'up'}
    assert 'members' in pools['pool/first']['error']
    # What somebody has forced down is no finding.
    server.steer('down', '127.0.0.1')
    assert server.steer('list')['result']['targets'][0]['state'] == 'down'
    text = server.kotae('steer', 'list').stdout.splitlines()
    assert text[0].split() == ['target', 'state', 'since', 'note']
    assert len(text) == 8 and 'forced by 127.0.0.1' in text[1]


def test_the_first_round_is_over_before_anything_is_answered(tmp_path):
    steered = Steered(str(tmp_path))
    with steered:  # nobody listens
        assert steered.answer() == ['127.0.0.2']
        assert 'target=127.0.0.1/web down' in steered.log()


def test_down_with_a_time_ends_by_itself(server):
    began = time.monotonic()
    reply = server.steer('down', '127.0.0.1', '--for', '2s', '--reason', 'ticket 42')
    assert server.answer() == ['127.0.0.2']  # at once: it has changed when the verb returns
    held = reply['result']['targets'][0]
    assert held['state'] == 'down' and held['found'] == 'up'
    assert held['override']['reason'] == 'ticket 42' and held['override']['pattern'] == '127.0.0.1'
    assert 0 <= held['override']['until'] - time.time() + 1 <= 3
    server.wait(['127.0.0.1'])
    assert 1.9 < time.monotonic() - began < 4
    assert server.target('127.0.0.1')['override'] is None
    assert 'override="127.0.0.1" down for=2s reason="ticket 42"' in server.log()
    assert 'target=127.0.0.1/web up' in server.log()


def test_a_pool_as_a_whole_and_globs(server):
    server.steer('down', 'pool/first')
    assert server.answer() == ['127.0.0.2']
    server.steer('down', '*/file')
    assert server.answer() == ['127.0.0.3']
    server.steer('auto', 'pool/first')
    assert server.answer() == ['127.0.0.1']
    server.steer('auto', '*/file')
    assert server.steer('list', '*/file')['result']['targets'][0]['override'] is None


def test_a_state_file_is_followed(server):
    server.close()
    server.wait(['127.0.0.2'])
    server.tell_states('127.0.0.2 down\n127.0.0.5 up\n')
    server.wait(['127.0.0.5'])
    server.tell_states('127.0.0.2 up\n127.0.0.5 up\n')
    server.wait(['127.0.0.2'])


def test_a_state_is_pushed(server):
    server.steer('down', 'pool/first')
    server.steer('down', 'pool/second')
    assert server.answer() == ['127.0.0.3']
    pushed = server.steer('push', '127.0.0.3', 'down')['result']['targets'][0]
    assert pushed['state'] == 'down' and pushed['found'] == 'down'
    # All is down: as if all were up.
    assert server.answer() == ['127.0.0.1']
    server.steer('push', '127.0.0.3/push', 'up')
    assert server.answer() == ['127.0.0.3']
    assert server.steer('push', '127.0.0.1', 'up', status=1)['errors'][0]['text'] == \
        'its monitor is not of type push'
    assert server.steer('push', '127.0.0.3', 'sideways', status=1)['errors'][0]['text'] == \
        'the state is up or down'


@pytest.mark.parametrize('how', ['stopped', 'killed'])
def test_a_restart_keeps_states_and_overrides(server, how):
    server.close()
    server.wait(['127.0.0.2'])
    server.steer('push', '127.0.0.3', 'down')
    server.steer('down', '127.0.0.2', '--for', '1h', '--reason', 'disk')
    server.steer('up', 'pool/third')
    before = server.steer('list', status=2)['result']['targets']
    if how == 'killed':
        time.sleep(1.5)  # it is written within a second
        server.process.kill()
        server.process.wait()
    else:
        server.stop()
    server.listen()  # while it is away
    server.start()
    after = server.steer('list', status=2)['result']['targets']
    for was, now in zip(before, after):
        assert was['target'] == now['target']
        if was['target'] == '127.0.0.1/web':
            # Known to be down, it needs two good probes to be up.
            assert now['state'] == 'down' or now['ok'] >= was['ok'] + 2
            continue
        if was['target'] == 'pool/first':
            continue  # as its member
        assert now['state'] == was['state'], now
        if was['override']:
            assert now['override']['reason'] == was['override']['reason']
            assert abs((now['override']['until'] or 0) - (was['override']['until'] or 0)) <= 2
    server.wait(['127.0.0.1'])


def test_without_a_state_of_before_or_with_rubbish_it_starts_all_the_same(server):
    server.stop()
    with open(server.path('state/steering.json'), 'w') as out:
        out.write('{"version": 1, "targets": ' + '[' * 5000)
    server.start()
    assert server.answer() == ['127.0.0.1']
    assert 'holds no states' in server.log()


def test_a_reload_keeps_states_and_overrides(server):
    server.steer('push', '127.0.0.3', 'down')
    server.steer('down', '127.0.0.1')
    assert server.kotae('reload').returncode == 0
    assert server.answer() == ['127.0.0.2']
    assert server.target('127.0.0.3')['state'] == 'down'


def test_show_of_a_target_a_pool_and_a_service(server):
    target = server.steer('show', '127.0.0.1/web')['result']
    assert target['kind'] == 'target' and target['state'] == 'up'
    pool = server.steer('show', 'second')['result']
    assert pool['kind'] == 'pool' and pool['method'] == 'failover'
    assert [m['member'] for m in pool['members']] == ['127.0.0.2', '127.0.0.5']
    assert pool['members'][0]['targets'][0]['target'] == '127.0.0.2/file'
    service = server.steer('show', 'www.example.com')['result']
    assert service['kind'] == 'service' and service['name'] == 'www.example.com.'
    assert [p['name'] for p in service['pools']] == ['first', 'second', 'third']
    answer, = service['classes'][0]['answers']
    assert answer['type'] == 'A' and answer['pool'] == 'first'
    assert answer['variants'][0]['records'] == ['127.0.0.1']
    server.close()
    server.wait(['127.0.0.2'])
    assert server.steer('show', 'first', status=2)['result']['members'][0]['targets'][0]['state'] == 'down'
    for name in ('127.0.0.1/web', 'second', 'www.example.com'):
        done = server.kotae('steer', 'show', name)
        assert done.stdout and not done.stderr


@pytest.mark.parametrize('words, told', [
    (['down', '127.0.0.11/web'], 'there is no target "127.0.0.11/web"; did you mean 127.0.0.1/web?'),
    (['down', 'first'], 'there is no target "first"; did you mean pool/first?'),
    (['list', '192.0.2.*'], 'there is no target "192.0.2.*"'),
    (['show', 'www.example.cmo'],
     'there is no target, pool or service "www.example.cmo"; did you mean www.example.com.?'),
    (['auto', '127.0.0.1'], 'nothing is held by the pattern "127.0.0.1"'),
    (['down', '127.0.0.1', '--for', 'long'], '--for is a time such as 90s, 30m, 2h or 1d'),
    (['down', '127.0.0.1', '--for', '10ms'], '--for is between a second and ten years'),
    (['down', '127.0.0.1', '--reason', 'two\nlines'], 'pattern and reason are one line of text each'),
])
def test_a_wrong_word_is_told(server, words, told):
    assert server.steer(*words, status=1)['errors'][0]['text'] == told
    assert server.answer() == ['127.0.0.1']


def test_status_counts_what_is_watched(server):
    server.steer('down', '127.0.0.2')
    assert 'steering  7 targets, 1 down, 1 forced\n' in server.kotae('status').stdout


def test_metrics_tell_each_target(server):
    import urllib.request
    server.steer('down', '127.0.0.2')
    address = server.options['config']['http']['listen']
    text = urllib.request.urlopen(f'http://{address}/metrics').read().decode()
    assert 'kotae_steering_target_up{target="127.0.0.1/web",monitor="web"} 1\n' in text
    assert 'kotae_steering_target_up{target="127.0.0.2/file",monitor="file"} 0\n' in text
    assert 'kotae_steering_target_forced{target="127.0.0.2/file",monitor="file"} 1\n' in text
    assert 'kotae_steering_targets_down 1\n' in text


def test_a_full_disk_stops_nothing(server):
    """The state file cannot be replaced: that is logged once, and everything goes on."""
    os.mkdir(server.path('state/steering.json.d'))
    server.stop()
    os.remove(server.path('state/steering.json'))
    os.rename(server.path('state/steering.json.d'), server.path('state/steering.json'))
    server.start()
    for _ in range(3):
        server.steer('down', '127.0.0.1')
        assert server.answer() == ['127.0.0.2']
        server.steer('auto', '127.0.0.1')
        assert server.answer() == ['127.0.0.1']
        time.sleep(1.1)
    assert server.log().count('states are not kept') == 1
    os.rmdir(server.path('state/steering.json'))

"""kotaed under questions, words of the operator every 50 ms, and reloads: no answer is wrong, nothing leaks, no sanitizer speaks.

KOTAE_BUILD may be a build with sanitizers; what they say fails the test.
"""
import json
import os
import random
import threading
import time

import harness
import steering
from test_steering_faults import COUNTRIES, database, geo, kotae, rewrite
from test_steering_gdnsd import Asker

SECONDS = 20 if harness.FULL else 6
SEED = int(os.environ.get('KOTAE_TEST_SEED', 7871))
PLAIN = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']


def resident(server):
    with open(f'/proc/{server.process.pid}/status') as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith('VmRSS'))


def sections(path):
    """Two configurations with the same names: a reload goes from one to the other."""
    first = geo(path)
    first['monitors'] = {'hand': {'type': 'push'}, 'tcp': {'type': 'tcp', 'port': 9, 'interval': '100ms', 'timeout': '50ms', 'fall': 1, 'rise': 1}}
    first['pools'].update({
        'one': {'members': PLAIN[:1] + PLAIN[2:3], 'monitor': 'hand', 'slow-start': '1s'},
        'two': {'members': PLAIN[1:2] + PLAIN[3:], 'monitor': 'hand', 'method': 'weighted'},
        'dead': {'members': [{'address': '127.0.0.1'}], 'monitor': 'tcp'}})
    first['services'].update({
        'flap.example.com': {'pools': ['dead', 'one', 'two'], 'when-all-down': 'last-known', 'ttl': '5s'},
        'hash.example.com': {'pools': ['turn'], 'ttl': '5s'}})
    first['pools']['turn'] = {'members': [{'pool': 'one'}, {'pool': 'two', 'weight': 3}], 'method': 'hash'}
    second = json.loads(json.dumps(first))
    second['maps']['world']['networks'] = {'198.51.100.0/25': 'france', '240b:10:200::/41': 'japan'}
    second['pools']['turn']['method'] = 'round-robin'
    return first, second


def test_answers_stay_right_while_health_and_configuration_change(tmp_path):
    path = tmp_path / 'country.mmdb'
    path.write_bytes(database(COUNTRIES))
    keys = steering.Signed(tmp_path / 'signed')
    first, second = sections(path)
    os.environ.setdefault('ASAN_OPTIONS', 'detect_leaks=1')
    server = steering.server(tmp_path, keys.zone, first, config={
        'node': {'name': 'test', 'state': str(tmp_path / 'kotaed' / 'state'), 'workers': 2},
        'zones': {'example.com': {'file': str(tmp_path / 'example.com.zone'), 'key-files': keys.private}}})
    stop, wrong, asked = threading.Event(), [], [0]

    def questions(seed):
        r, asker = random.Random(seed), Asker(server)
        try:
            while not stop.is_set():
                name = r.choice(('flap', 'hash', 'www'))
                client = r.choice((None, '198.51.100.0/24', '198.51.100.0/28', '240b:10:200::/48', '2a00::/20', '10.0.0.0/24', f'{r.randint(1, 223)}.0.0.0/{r.randint(8, 24)}'))
                values, _, rcode = asker.ask(f'{name}.example.com', client, r.choice((1, 28)), do=r.random() < 0.5)
                asked[0] += 1
                # www has no IPv6 addresses
                if rcode or set(values) - set(PLAIN) - {'192.0.2.3', '127.0.0.1'}:
                    wrong.append((name, client, values, rcode))
        except OSError as error:
            wrong.append(repr(error))

    with server:
        threads = [threading.Thread(target=questions, args=(f'{SEED} {i}',)) for i in range(2)]
        for thread in threads:
            thread.start()
        r, sizes, turn = random.Random(SEED), [], 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            turn += 1
            status, reply = kotae(server, 'steer', r.choice(('down', 'up', 'auto')), r.choice(('192.0.2.1', '192.0.2.*', '*', 'pool/one', '2001:db8::*/hand')))
            assert status in (0, 1), reply
            if turn % 10 == 0:
                rewrite(server, second if turn % 20 else first)
                status, reply = kotae(server, 'reload')
                assert status == 0, reply
                sizes.append(resident(server))
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        assert server.stop() == 0, server.log()[-4000:]
    assert not wrong, wrong[:10]
    assert asked[0] > 200 and len(sizes) > 2
    spoken = [line for line in server.log().splitlines() if 'Sanitizer' in line or 'runtime error' in line]
    assert not spoken, server.log()[-8000:]

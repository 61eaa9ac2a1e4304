"""Failover by real probes: how long after a fault answers change, and that they come back."""
import random
import threading
import time

import pytest

import harness
import steering
import web

INTERVAL, TIMEOUT, FALL, RISE = 0.4, 0.25, 3, 2
TRIALS = 20
SPARE = '192.0.2.200'


def monitor(server, kind, certificates):
    options = {'type': kind, 'port': server.port, 'interval': f'{int(INTERVAL * 1000)}ms', 'timeout': f'{int(TIMEOUT * 1000)}ms',
               'fall': FALL, 'rise': RISE, 'jitter': 0}
    if kind == 'https':
        options.update({'host': 'www.example.com', 'ca-file': certificates.ca})
    return options


def services(servers, certificates):
    """A service for each server, which a spare address follows."""
    section = {'monitors': {}, 'pools': {'spare': {'members': [SPARE]}}, 'services': {}}
    for i, (server, kind) in enumerate(servers):
        section['monitors'][f'm{i}'] = monitor(server, kind, certificates)
        section['pools'][f'p{i}'] = {'members': [server.address], 'monitor': f'm{i}'}
        section['services'][f's{i}.example.com'] = {'pools': [f'p{i}', 'spare'], 'ttl': '1s'}
    return section


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp('failover')
    certificates = web.Certificates(directory)
    servers = [(web.Web(), 'http'), (web.Web(certificates), 'https'), (web.Web(), 'http'), (web.Web(certificates), 'https')]
    with steering.server(directory, steering=services(servers, certificates)) as server:
        server.web = [s for s, _ in servers]
        yield server


def answer(server, name):
    return steering.addresses(server.ask(name, 'A'), 'A')[0]


def wait_until(server, name, wanted, seconds):
    """Seconds until the answer is the wanted one."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if answer(server, name) == wanted:
            return time.monotonic() - begin
        time.sleep(0.005)
    pytest.fail(f'{name} is not {wanted} after {seconds} s:\n{server.log()[-3000:]}')


FAULTS = [(0, 'killed'), (1, 'expired'), (2, 'hung'), (3, '500')]


def trial(site, index, fault, times, rng):
    name = f's{index}.example.com'
    wait_until(site, name, '127.0.0.1', 20)
    time.sleep(rng.random() * INTERVAL)
    site.web[index].set(fault)
    times.append((fault, wait_until(site, name, SPARE, 20)))
    site.web[index].set('well')


def test_a_fault_changes_answers_within_the_time_that_is_configured(site):
    """(fall - 1) intervals at least; fall intervals, a timeout and 200 ms at most."""
    rng, times = random.Random(7871), []
    for _ in range(TRIALS // len(FAULTS)):
        threads = [threading.Thread(target=trial, args=(site, index, fault, times, rng)) for index, fault in FAULTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(times) == TRIALS
    print(sorted((fault, round(seconds, 3)) for fault, seconds in times))
    for fault, seconds in times:
        assert (FALL - 1) * INTERVAL <= seconds <= FALL * INTERVAL + TIMEOUT + 0.2, times


def test_answers_come_back_when_probes_succeed_again(site):
    for index, fault in FAULTS:
        name = f's{index}.example.com'
        wait_until(site, name, '127.0.0.1', 20)
        site.web[index].set(fault)
        wait_until(site, name, SPARE, 20)
        site.web[index].set('well')
        seconds = wait_until(site, name, '127.0.0.1', 20)
        assert seconds >= (RISE - 1) * INTERVAL * 0.9


def test_a_member_that_recovered_gets_its_share_slowly(tmp_path):
    server = web.Web()
    section = {
        'monitors': {'m': {**monitor(server, 'http', None), 'interval': '200ms', 'timeout': '200ms'}},
        'pools': {'p': {'members': ['127.0.0.1', '127.0.0.2'], 'method': 'weighted', 'monitor': 'm', 'slow-start': '8s'}},
        'services': {'www.example.com': {'pools': ['p'], 'ttl': '1s'}},
    }
    web.Web(address='127.0.0.2', port=server.port)
    with steering.server(tmp_path, steering=section) as kotaed:
        def share(n=400):
            return sum(answer(kotaed, 'www.example.com') == '127.0.0.1' for _ in range(n)) / n

        assert 0.35 < share() < 0.65
        server.set('killed')
        wait_until_share(share, 0, 10)
        server.set('well')
        wait_until(kotaed, 'www.example.com', '127.0.0.1', 30)
        early = share()
        time.sleep(9)
        late = share()
        assert early < 0.3 < 0.35 < late < 0.65, (early, late)


def wait_until_share(share, wanted, seconds):
    deadline = time.monotonic() + seconds
    while share(50) != wanted:
        assert time.monotonic() < deadline


def test_a_monitor_that_never_answers_holds_nobody_up(tmp_path):
    """A target that swallows packets delays the start by its timeout, and queries not at all."""
    section = {
        'monitors': {'m': {'type': 'tcp', 'port': 9, 'interval': '2s', 'timeout': '1s'}},
        'pools': {'dead': {'members': ['192.0.2.1'], 'monitor': 'm'}, 'spare': {'members': [SPARE]}},
        'services': {'www.example.com': {'pools': ['dead', 'spare']}},
    }
    begin = time.monotonic()
    with steering.server(tmp_path, steering=section) as kotaed:
        assert time.monotonic() - begin < 10
        slowest = 0
        for _ in range(200):
            asked = time.monotonic()
            assert answer(kotaed, 'www.example.com') == SPARE
            slowest = max(slowest, time.monotonic() - asked)
        assert slowest < 0.5

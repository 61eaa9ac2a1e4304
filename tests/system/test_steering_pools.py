"""Random services beside a naive model of pools: what may be answered after every change of health, and how often."""
import itertools
import json
import os
import random
import subprocess

import dns.rdatatype
import pytest

import harness
import steering
from test_steering_gdnsd import Asker

SEED = int(os.environ.get('KOTAE_TEST_SEED', 7871))
WORLDS = 12 if harness.FULL else 3
STEPS = 16 if harness.FULL else 7
SERVICES = 24
SAMPLES = 400  # queries from which shares are judged
METHODS = ('failover', 'multi', 'round-robin', 'weighted', 'hash')
TYPES = ('A', 'AAAA', 'CNAME')
CLIENTS = ['10.1.2.0/24', '198.51.100.0/24', '2001:db8:1::/48', '240b:10:400::/40', '203.0.113.0/24', '2600:1::/32'] + [
    f'{a}.{b}.7.0/24' for a in (12, 77, 150, 201) for b in (3, 90, 200)]


def type_of(value):
    return 'CNAME' if value.endswith('.') else 'AAAA' if ':' in value else 'A'


class World:
    """Pools, services and what is up; the configuration and the model of the same."""

    def __init__(self, seed):
        self.r = r = random.Random(f'pools {SEED} {seed}')
        self.pools, self.services = {}, {}
        addresses = [f'192.0.2.{i}' for i in range(1, 25)] + [f'2001:db8::{i:x}' for i in range(1, 25)]
        for i in range(14):
            members = [self.member(address) for address in r.sample(addresses[:24], r.randint(1, 4)) + r.sample(addresses[24:], r.randint(1, 3))]
            r.shuffle(members)
            self.pool(f'p{i}', members)
        for i in range(8):
            inner = [{'pool': name, 'weight': r.choice((0, 1, 1, 3))} for name in r.sample([f'p{k}' for k in range(14)], r.randint(1, 2))]
            members = inner + [self.member(address) for address in r.sample(addresses, r.randint(0, 2))]
            r.shuffle(members)
            self.pool(f'n{i}', members)
        for i in range(4):
            names = [self.member(f'cdn{k}.example.net.') for k in r.sample(range(8), r.randint(1, 3))]
            self.pool(f'c{i}', names, [m for m in METHODS if m != 'multi' or len(names) == 1])
        plain = [name for name in self.pools if name[0] != 'c']
        names = [name for name in self.pools if name[0] == 'c']
        for i in range(SERVICES):
            kind = r.random()
            if kind < 0.7:
                pools = r.sample(plain, r.randint(1, 3))
            elif kind < 0.85:
                pools = r.sample(names, r.randint(1, 2))
            else:
                pools = r.sample(plain, 1) + r.sample(names, 1)
                r.shuffle(pools)
            service = {'pools': pools, 'ttl': '60s', 'when-all-down': r.choice(('all', 'none', 'last-known', r.choice(plain if kind < 0.7 else names)))}
            if r.random() < 0.3:
                service['limit'] = r.randint(1, 3)
            self.services[f's{i}'] = service
        self.down = set()
        self.last = {}  # service -> type -> what was answered before the last change

    def member(self, value):
        return {'name' if value.endswith('.') else 'address': value, 'weight': self.r.choice((0, 1, 1, 1, 2, 5, 20))}

    def pool(self, name, members, methods=METHODS):
        r = self.r
        pool = {'members': members, 'method': r.choice(methods), 'monitor': 'hand'}
        if r.random() < 0.3:
            pool['min-up'] = r.randint(1, min(3, len(members)))
        if r.random() < 0.25 and name[0] != 'c':
            pool['limit'] = r.randint(1, 3)
        self.pools[name] = pool

    def section(self):
        return {'monitors': {'hand': {'type': 'push'}}, 'pools': self.pools,
                'services': {f'{name}.example.com': service for name, service in self.services.items()}}

    def targets(self):
        return sorted({m.get('address') or m['name'] for pool in self.pools.values() for m in pool['members'] if 'pool' not in m})

    # The model

    def types(self, name, as_if_up=True):
        """Which types a pool has, or has up."""
        out = set()
        for m in self.pools[name]['members']:
            if 'pool' in m:
                if as_if_up or self.usable(m['pool']):
                    out |= self.types(m['pool'], as_if_up)
            else:
                value = m.get('address') or m['name']
                if as_if_up or value not in self.down:
                    out.add(type_of(value))
        return out

    def usable(self, name):
        pool = self.pools[name]
        up = sum(self.usable(m['pool']) if 'pool' in m else (m.get('address') or m['name']) not in self.down for m in pool['members'])
        return up >= max(1, pool.get('min-up', 1))

    def possible(self, name, rtype, limit, as_if_up):
        """Sets that a pool may answer with."""
        pool = self.pools[name]
        parts = []
        for m in pool['members']:
            if 'pool' in m:
                if not as_if_up and not self.usable(m['pool']):
                    continue
                sets = self.possible(m['pool'], rtype, limit, as_if_up)
            else:
                value = m.get('address') or m['name']
                sets = {frozenset([value])} if type_of(value) == rtype and (as_if_up or value not in self.down) else set()
            if sets:
                parts.append((m['weight'], sets))
        if any(weight for weight, _ in parts):
            parts = [part for part in parts if part[0]]
        most = min([n for n in (pool.get('limit'), limit) if n], default=0)
        one = most or 1
        if rtype == 'CNAME':
            most = one = 1
        method, n = pool['method'], len(parts)
        if not n:
            return set()
        if method == 'failover':
            groups = [parts[:one]]
        elif method in ('multi', 'round-robin'):
            width = min(n, (most or n) if method == 'multi' else one)
            groups = [[parts[(i + k) % n] for k in range(width)] for i in range(n)]
        else:
            groups = itertools.combinations(parts, min(one, n))
        return {frozenset().union(*chosen) for group in groups for chosen in itertools.product(*(sets for _, sets in group))}

    def expected(self, service_name, rtype):
        """(type answered, possible sets); no sets: NODATA."""
        service = self.services[service_name]
        limit, fallback = service.get('limit'), service['when-all-down']
        last = self.last.get(service_name, {})
        everything = set().union(*(self.types(p) for p in service['pools']))
        if fallback in self.pools:
            everything |= self.types(fallback)
        some_up = None
        if 'CNAME' in everything:
            # names and addresses at one name are never both answered (RFC 1034 s.3.6.2)
            some_up = next((p for p in service['pools'] if self.usable(p)), None)
            if some_up:
                names = self.types(some_up, False) == {'CNAME'}
            elif fallback == 'last-known' and any(sets for _, sets in last.values()):
                return last.get(rtype, (rtype, set()))
            else:
                names = fallback != 'none' and self.types(fallback if fallback in self.pools else service['pools'][0]) == {'CNAME'}
            if names:
                rtype = 'CNAME'
            elif rtype == 'CNAME':
                return rtype, set()
        for name in service['pools']:
            if self.usable(name) and rtype in self.types(name, False):
                return rtype, self.possible(name, rtype, limit, False)
        first = next((p for p in service['pools'] if rtype in self.types(p)), None)
        if fallback == 'none' or not first:
            return rtype, set()
        if fallback == 'last-known' and rtype in last and last[rtype][0] == rtype:
            return last[rtype]
        return rtype, self.possible(fallback if fallback in self.pools else first, rtype, limit, True)

    def remember(self):
        """What is answered just now, for those that go on with what was up last."""
        self.last = {name: {rtype: self.expected(name, rtype) for rtype in TYPES}
                     for name, service in self.services.items() if service['when-all-down'] == 'last-known'}


def fits(answer, sets, limit):
    if not sets:
        return not answer
    return any(answer <= full and len(answer) == min(len(full), limit or len(full)) for full in sets)


def kotae(server, *words):
    done = subprocess.run([harness.build('kotae'), '--socket', server.path('control.sock'), *words], text=True,
                          capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 2), done.stdout + done.stderr
    return done.stdout


def start(directory, world):
    return steering.server(directory, ZONE, world.section())


ZONE = '''$ORIGIN example.com.
@ 3600 SOA ns1 hostmaster 1 7200 1800 259200 10
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
'''


def answer(asker, service, rtype, client):
    """Type -> values of the answer section."""
    message = asker.message(f'{service}.example.com', client, dns.rdatatype.from_text(rtype))
    assert message.rcode() == 0
    return {dns.rdatatype.to_text(rrset.rdtype): frozenset(rdata.to_text() for rdata in rrset) for rrset in message.answer}


@pytest.mark.parametrize('seed', range(WORLDS))
def test_after_every_change_answers_are_the_models(seed, tmp_path):
    world = World(seed)
    r = world.r
    with start(tmp_path, world) as server:
        asker = Asker(server)
        world.remember()
        for step in range(STEPS):
            share = r.choice((0.1, 0.5, 0.9, 1.0)) if step else 0
            for target in world.targets():
                down = r.random() < share
                if down != (target in world.down):
                    kotae(server, 'steer', 'push', target + '/hand', 'down' if down else 'up')
                    (world.down.add if down else world.down.discard)(target)
                    world.remember()
            for name, service in world.services.items():
                for rtype in TYPES:
                    answered, sets = world.expected(name, rtype)
                    for client in r.sample(CLIENTS, 5):
                        seen = answer(asker, name, rtype, client)
                        if not fits(seen.get(answered, frozenset()), sets, service.get('limit')) or set(seen) - {answered}:
                            pytest.fail(f'step {step}: {name} {rtype} for {client}: {seen}, not {answered} '
                                        f'{[sorted(s) for s in sets]}\n{service}\ndown: {sorted(world.down)}\n{world.pools}')


def chi_square(seen, shares, n):
    return sum((seen.get(key, 0) - n * share) ** 2 / (n * share) for key, share in shares.items())


def test_shares_are_those_of_the_weights(tmp_path):
    """Weighted by chance within a bound that one run in millions passes wrongly; in turn exactly."""
    weights = {'192.0.2.1': 1, '192.0.2.2': 2, '192.0.2.3': 5, '192.0.2.4': 0, '192.0.2.5': 12}
    members = [{'address': address, 'weight': weight} for address, weight in weights.items()]
    section = {'monitors': {'hand': {'type': 'push'}},
               'pools': {'chance': {'members': members, 'method': 'weighted', 'monitor': 'hand'},
                         'turn': {'members': list(weights), 'method': 'round-robin', 'monitor': 'hand'},
                         'outer': {'members': [{'pool': 'chance', 'weight': 3}, {'address': '192.0.2.9', 'weight': 1}], 'method': 'weighted'}},
               'services': {f'{name}.example.com': {'pools': [name]} for name in ('chance', 'turn', 'outer')}}
    with steering.server(tmp_path, ZONE, section) as server:
        asker = Asker(server)

        def count(service, n=SAMPLES):
            seen = {}
            for _ in range(n):
                values = asker.ask(f'{service}.example.com', None)[0]
                assert len(values) == 1
                seen[values[0]] = seen.get(values[0], 0) + 1
            return seen

        for down in ([], ['192.0.2.5'], ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.5']):
            for address in weights:
                kotae(server, 'steer', 'push', address + '/hand', 'down' if address in down else 'up')
            up = {a: w for a, w in weights.items() if a not in down}
            total = sum(up.values())
            shares = {a: w / total for a, w in up.items() if w} if total else {'192.0.2.4': 1.0}
            seen = count('chance')
            assert set(seen) <= set(shares)
            assert chi_square(seen, shares, SAMPLES) < 35, (seen, shares)
            outer = {a: share * 0.75 for a, share in shares.items()} | {'192.0.2.9': 0.25}
            seen = count('outer')
            assert set(seen) <= set(outer)
            assert chi_square(seen, outer, SAMPLES) < 35, (seen, outer)
            seen = count('turn', 20 * len(up))
            assert set(seen) == set(up) and max(seen.values()) - min(seen.values()) <= 1, seen


def test_hash_moves_only_the_clients_of_the_one_that_left(tmp_path):
    addresses = [f'192.0.2.{i}' for i in range(1, 9)]
    section = {'monitors': {'hand': {'type': 'push'}},
               'pools': {'hash': {'members': addresses, 'method': 'hash', 'monitor': 'hand'}},
               'services': {'hash.example.com': {'pools': ['hash']}}}
    clients = [f'{a}.{b}.0.0/24' for a in (11, 23, 60, 99, 150) for b in range(40)] + [f'2600:{a:x}::/48' for a in range(100)]
    with steering.server(tmp_path, ZONE, section) as server:
        asker = Asker(server)

        def all_clients():
            return {client: asker.ask('hash.example.com', client) for client in clients}

        before = all_clients()
        assert before == all_clients()
        assert {scope for _, scope, _ in before.values()} == {24, 48}
        shares = {a: sum(found[0] == [a] for found in before.values()) for a in addresses}
        assert chi_square(shares, {a: 1 / 8 for a in addresses}, len(clients)) < 35, shares
        kotae(server, 'steer', 'push', '192.0.2.3/hand', 'down')
        after = all_clients()
        for client, found in after.items():
            if before[client][0] == ['192.0.2.3']:
                assert found[0] != ['192.0.2.3']
            else:
                assert found == before[client]
        # a longer source of the same network is of the same client
        for client in clients[:50]:
            assert asker.ask('hash.example.com', client.replace('/24', '/32'))[0] == after[client][0]
        kotae(server, 'steer', 'push', '192.0.2.3/hand', 'up')
        assert all_clients() == before

"""Random maps: kotaed beside Debian's gdnsd, and both beside models of what they should say.

Whatever differs between the two is explained by a rule, with the line of the RFC that decides.
"""
import ipaddress
import json
import os
import random
import socket
import struct
import subprocess

import dns.message
import dns.rdatatype
import pytest
import yaml

import harness
import steering
import steering_model
import wire

SEED = int(os.environ.get('KOTAE_TEST_SEED', 7871))
MAPS = 80 if harness.FULL else 30
ASKED = 200 if harness.FULL else 120
RESOLVER = '127.0.0.1'
DCS = ['dc1', 'dc2', 'dc3', 'dc4', 'dc5']
ADDRESS = {dc: f'203.0.113.{i + 1}' for i, dc in enumerate(DCS)}
ZONE = '''$ORIGIN example.com.
@ 3600 SOA ns1 hostmaster 1 7200 1800 259200 10
@ 3600 NS ns1
ns1 3600 A 192.0.2.53
'''


def overlaps(network, others):
    return any(network.version == other.version and network.overlaps(other) for other in others)


V4_LIKE = [ipaddress.ip_network(prefix) for prefix, _ in steering_model.V4_LIKE]
COMPATIBLE = ipaddress.ip_network('::/96')
PRIVATE = [ipaddress.ip_network(prefix) for prefix in steering_model.PRIVATE]


def random_network(r, inside=None):
    family = inside.version if inside else r.choice((4, 6, 6))
    bits = steering_model.BITS[family]
    if inside:
        length = min(bits, inside.prefixlen + r.randint(1, r.choice((2, 4, 9, 30))))
        base = int(inside.network_address) + r.choice((0, r.getrandbits(bits))) % (1 << (bits - inside.prefixlen))
    else:
        length = r.choice((1, 2, 4, 8, 12, 16, 20, 24) if family == 4 else (1, 3, 8, 16, 20, 28, 32, 32, 40, 44, 48, 64))
        base = r.getrandbits(bits)
        if family == 6 and r.random() < 0.7:
            base = base >> 3 | 1 << 125  # 2000::/3
        if family == 4 and r.random() < 0.2:
            base = int(r.choice(PRIVATE[:4]).network_address) ^ r.getrandbits(3) << r.randint(12, 24)
    start, _ = steering_model.block_of(base, family, length)
    return (ipaddress.IPv4Network if family == 4 else ipaddress.IPv6Network)((start, length))


def random_map(r):
    """prefix -> tuple of data centres: nested, adjacent and overlapping."""
    networks = {}
    made = []
    for _ in range(r.choice((1, 3, 8, 20, 40))):
        kind = r.random()
        if made and kind < 0.45:
            network = random_network(r, inside=r.choice(made))
        elif made and kind < 0.6:  # the neighbour, which may merge
            near = r.choice(made)
            start = int(near.network_address) ^ 1 << (near.max_prefixlen - near.prefixlen)
            network = type(near)((start, near.prefixlen))
        else:
            network = random_network(r)
        if any(network.version == 6 and n.supernet_of(network) for n in V4_LIKE + [COMPATIBLE]):
            continue  # both refuse networks there; gdnsd keeps IPv4 at ::/96
        made.append(network)
        networks[str(network)] = tuple(r.sample(DCS, r.choice((1, 1, 1, 2))))
    return networks


def sources(r, networks, count):
    """Client networks: in, around and far from what the map names, of many lengths."""
    nets = [ipaddress.ip_network(prefix) for prefix in networks]
    out = ['0.0.0.0/0', '::/0', '192.0.2.0/24']
    blocks = PRIVATE + V4_LIKE + [ipaddress.ip_network('::/96')]
    while len(out) < count:
        kind = r.random()
        if kind < 0.6 and nets:
            near = r.choice(nets)
        elif kind < 0.8:
            near = r.choice(blocks)
        else:
            near = None
        family = near.version if near else r.choice((4, 6))
        bits = steering_model.BITS[family]
        address = r.getrandbits(bits)
        if near:
            size = 1 << (bits - near.prefixlen)
            address = (int(near.network_address) + r.choice((-1, 0, size - 1, size, address % size))) % (1 << bits)
            if near.version == 6 and near in V4_LIKE and r.random() < 0.6:
                inner = [n for n in nets if n.version == 4] or PRIVATE[:4]
                offset = dict(zip(V4_LIKE, (o for _, o in steering_model.V4_LIKE)))[near]
                low = int(near.network_address) | int(r.choice(inner).network_address) << (96 - offset)
                address = low | r.getrandbits(96 - offset) if offset < 96 else low
        usual = (24, 24, 20, 16, 32, 8) if family == 4 else (40, 48, 56, 32, 64, 41, 128)
        length = r.choice([r.choice(usual), r.randint(1, bits), near.prefixlen if near else 1,
                           min(bits, near.prefixlen + r.randint(0, 12)) if near else bits])
        length = max(1, length)
        start, _ = steering_model.block_of(address, family, length)
        out.append(f'{(ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address)(start)}/{length}')
    return out


class Asker:
    """Raw queries with a client subnet over one socket."""

    def __init__(self, server):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((RESOLVER, 0))
        self.socket.connect((server.address, server.port))
        self.socket.settimeout(5)
        self.ident = 0

    def ask(self, name, prefix, rdtype=1, do=False):
        """(sorted addresses or targets, scope or None, rcode)."""
        message = self.message(name, prefix, rdtype, do)
        found = steering.scope(message)
        return steering.addresses(message, dns.rdatatype.to_text(rdtype)), found[1] if found else None, message.rcode()

    def message(self, name, prefix, rdtype=1, do=False):
        self.ident = (self.ident + 1) & 0xffff
        options = b''
        if prefix:
            network = ipaddress.ip_network(prefix)
            octets = network.network_address.packed[:(network.prefixlen + 7) // 8]
            options = struct.pack('>HHHBB', 8, 4 + len(octets), 1 if network.version == 4 else 2, network.prefixlen, 0) + octets
        query = struct.pack('>HHHHHH', self.ident, 0, 1, 0, 0, 1) + wire.name_wire(name) + struct.pack('>HH', rdtype, 1)
        query += struct.pack('>BHHIH', 0, 41, 1232, 0x8000 if do else 0, len(options)) + options
        self.socket.send(query)
        while True:
            reply = self.socket.recv(65535)
            if reply[:2] == query[:2]:
                return dns.message.from_wire(reply)


class Gdnsd(harness.Server):
    """gdnsd with many maps.  Options: maps (name -> networks)."""

    kind = 'gdnsd'

    def configure(self):
        for name in ('etc/zones', 'run', 'state'):
            os.makedirs(self.path(name), exist_ok=True)
        maps, resources, records = [], [], []
        dcs = ' '.join(f'{dc} => {address},' for dc, address in ADDRESS.items())
        for name, networks in self.options['maps'].items():
            nets = '\n'.join(f'    {prefix} => [ {", ".join(chosen)} ],' for prefix, chosen in networks.items())
            maps.append(f'  {name} => {{ datacenters => [ {", ".join(DCS)} ], nets => {{\n{nets}\n  }} }}\n')
            resources.append(f'  {name} => {{ map => {name}, dcmap => {{ {dcs} }} }}\n')
            records.append(f'{name} 30 DYNA geoip!{name}\n')
        self.write('etc/config', f'''
options => {{ edns_client_subnet => true, listen => [ {self.address}:{self.port} ], run_dir => {self.path('run')}
  state_dir => {self.path('state')}, weaker_security => true }}
plugins => {{ geoip => {{ maps => {{
{''.join(maps)}}}
resources => {{
{''.join(resources)}}} }} }}
''')
        self.write('etc/zones/example.com', ZONE + ''.join(records))
        return [harness.tool('gdnsd'), '-c', self.path('etc'), 'start']


def section(maps, shorts=None):
    """kotae's words for the same."""
    steering_maps, services = {}, {}
    for name, networks in maps.items():
        label = {chosen: '-'.join(chosen) for chosen in set(networks.values())}
        steering_maps[name] = {'networks': {prefix: label[chosen] for prefix, chosen in networks.items()}, 'default': 'rest'}
        short = (shorts or {}).get(name)
        if short:
            steering_maps[name]['short-source'] = {prefix: label.get(chosen, 'rest') for prefix, chosen in short.items()}
        services[f'{name}.example.com'] = {
            'map': name, 'regions': {'rest': DCS, **{label[chosen]: list(chosen) for chosen in label}}}
    return {'maps': steering_maps, 'services': services, 'pools': {dc: {'members': [a]} for dc, a in ADDRESS.items()}}


@pytest.fixture(scope='module')
def maps():
    r = random.Random(f'maps {SEED}')
    out = {f'm{i}': random_map(r) for i in range(MAPS)}
    out = {name: networks for name, networks in out.items() if networks}
    assert len(out) > MAPS // 2
    return out


@pytest.fixture(scope='module')
def gdnsd(maps, tmp_path_factory):
    server = Gdnsd(tmp_path_factory.mktemp('peer'), {'example.com': '/dev/null'}, '127.0.0.1', maps=maps)
    with server:
        yield server


@pytest.fixture(scope='module', params=['written', 'imported'])
def kotaed(request, maps, gdnsd, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == 'written':
        server = steering.server(directory, ZONE, section(maps))
    else:
        done = subprocess.run([harness.build('kotae'), 'import', 'gdnsd', gdnsd.path('etc'), '--out', str(directory / 'moved')],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert (directory / 'moved' / 'kotae.yaml').exists(), done.stdout
        server = Imported(directory, {'example.com': '/dev/null'}, moved=str(directory / 'moved'))
    with server:
        server.how = request.param
        yield server


class Imported(harness.Kotae):
    """kotaed with the configuration that kotae import wrote, on a port of ours."""

    def configure(self):
        moved = self.options['moved']
        with open(os.path.join(moved, 'kotae.yaml')) as text:
            config = yaml.safe_load(text)
        config['node'] = {'name': 'test', 'state': self.path('state'), 'workers': 1}
        config['control'] = {'socket': self.path('control.sock')}
        config['listen'] = [{'address': self.address, 'port': self.port, 'serve': 'authority'}]
        path = os.path.join(moved, 'test.yaml')
        with open(path, 'w') as out:
            json.dump(config, out)
        return [harness.build('kotaed'), '-c', path]


def hidden(networks):
    """Networks of which longer ones leave nothing: of two equal halves of one, gdnsd makes that network, and then has it twice."""
    out = []
    for prefix in networks:
        network = ipaddress.ip_network(prefix)
        longer = [(n, 'longer') for n in map(ipaddress.ip_network, networks) if n.version == network.version and n.prefixlen > network.prefixlen]
        part = steering_model.Partition(network.version, longer, 'nothing')
        if {cls for cls, _ in part.runs(int(network.network_address), network.num_addresses)} == {'longer'}:
            out.append(network)
    return out


def explain(prefix, networks, ours, theirs, decided):
    """The rule by which the answers (addresses, scope) may differ, or None."""
    network = ipaddress.ip_network(prefix)
    reason = decided[2]
    same = ours[0] == theirs[0]
    v4 = network.version == 4 or network.prefixlen == 0 or any(block.supernet_of(network) for block in V4_LIKE)
    if (v4 and overlaps(COMPATIBLE, [n for n in map(ipaddress.ip_network, networks) if n.version == 6])) or (
            not v4 and network.prefixlen and overlaps(network, [COMPATIBLE])):
        return 'RFC 4291 s.2.5.5.1: ::/96 is no place for IPv4 any more, where gdnsd keeps it'
    if network.version == 6 and V4_LIKE[-1].supernet_of(network):
        return 'RFC 4380 s.4: the client is behind the bits that are told; its server is not'
    if reason in ('declared', 'share'):
        assert ours[1] > network.prefixlen
        return 'RFC 7871 s.7.2.1: not specific enough; gdnsd takes the first address, we the largest share'
    if reason == 'special':
        return 'RFC 7871 s.11.1: private addresses are answered by the resolver, scope covers the block'
    if not same:
        return None
    if theirs[1] == 0 and ours[1] >= 1:
        return 'RFC 7871 s.7.3.1: scope 0 is for both families'
    if ours[1] > theirs[1]:
        without = steering_model.Model(networks, tuple(DCS), private=False)
        without.SHORTEST = 0
        if without.decide(prefix, RESOLVER)[1] == theirs[1]:
            return 'RFC 7871 s.11.1: a cell does not cover a private block'
    if ours[1] < theirs[1] and network.version == 6:
        block = ipaddress.ip_network(f'{network.network_address}/{ours[1]}', strict=False)
        if overlaps(block, [COMPATIBLE]):
            return 'RFC 4291 s.2.5.5.1: ::/96 is no place for IPv4 any more, where gdnsd keeps it'
    return None


def answer_of(chosen):
    return [ADDRESS[chosen[0]]]


def test_answers_and_scopes_are_gdnsds_where_no_rule_says_otherwise(kotaed, gdnsd, maps):
    r = random.Random(f'sources {SEED}')
    us, them = Asker(kotaed), Asker(gdnsd)
    rules, unexplained, asked = {}, [], 0
    for name, networks in maps.items():
        twice = hidden(networks)
        ideal, peer = steering_model.Model(networks, tuple(DCS)), steering_model.Gdnsd(networks, tuple(DCS))
        for prefix in sources(r, networks, ASKED):
            decided, theirs_decided = ideal.decide(prefix, RESOLVER), peer.decide(prefix, RESOLVER)
            ours, theirs = us.ask(f'{name}.example.com', prefix), them.ask(f'{name}.example.com', prefix)
            asked += 1
            where = f'{name} {prefix}: kotaed {ours}, gdnsd {theirs}, ideal {decided}, gdnsd\'s model {theirs_decided}'
            if ours[:2] != (answer_of(decided[0]), decided[1]):
                unexplained.append('not ideal: ' + where)
            if theirs[:2] != (answer_of(theirs_decided[0]), theirs_decided[1]):
                if not overlaps(ipaddress.ip_network(prefix), twice):
                    unexplained.append('the peer is not as its model: ' + where)
                elif ours != theirs:
                    rule = 'a network that is said twice in halves: the longest wins, and gdnsd may take the other'
                    rules[rule] = rules.get(rule, 0) + 1
            elif ours != theirs:
                rule = explain(prefix, networks, ours, theirs, decided)
                if not rule:
                    unexplained.append('differs: ' + where)
                rules[rule] = rules.get(rule, 0) + 1
    assert asked > 1000
    for rule, n in sorted(rules.items(), key=lambda item: -item[1]):
        print(f'{n:6} {rule}')
    print(f'{asked:6} asked')
    assert not unexplained, f'{len(unexplained)}:\n' + '\n'.join(unexplained[:20]) + f'\n{json.dumps(maps[unexplained[0].split(": ")[1].split()[0]])}'


def random_shorts(r, networks):
    """short-source: a few of the map's blocks and blocks above them."""
    out = {}
    for prefix in networks:
        network = ipaddress.ip_network(prefix)
        if r.random() < 0.4 and network.prefixlen > 1:
            out[str(network.supernet(new_prefix=r.randint(1, network.prefixlen - 1)))] = r.choice(list(networks.values()) + [tuple(DCS)])
    return {prefix: chosen for prefix, chosen in out.items()
            if not any(n.version == ipaddress.ip_network(prefix).version and n.supernet_of(ipaddress.ip_network(prefix)) for n in V4_LIKE)}


@pytest.mark.parametrize('signed', [False, True])
def test_declared_short_sources_are_as_the_model_signed_or_not(signed, maps, tmp_path):
    r = random.Random(f'short {SEED}')
    shorts = {name: random_shorts(r, networks) for name, networks in maps.items()}
    zone, config = ZONE, {}
    if signed:
        keys = steering.Signed(tmp_path / 'signed', zone=ZONE)
        zone, config = keys.zone, {'zones': {'example.com': {'file': str(tmp_path / 'example.com.zone'), 'key-files': keys.private}}}
    with steering.server(tmp_path, zone, section(maps, shorts), config=config) as server:
        asker, reasons, wrong = Asker(server), {}, []
        for name, networks in maps.items():
            ideal = steering_model.Model(networks, tuple(DCS), shorts[name])
            for prefix in [None] + sources(r, networks, ASKED // 2):
                cls, scope, reason = ideal.decide(prefix, RESOLVER)
                reasons[reason] = reasons.get(reason, 0) + 1
                found = asker.ask(f'{name}.example.com', prefix, do=signed)
                if found != (answer_of(cls), scope, 0):
                    wrong.append(f'{name} {prefix}: {found}, ideal {cls} {scope} {reason}\n{networks}\n{shorts[name]}')
        print(reasons)
        assert all(reasons.get(reason, 0) > 5 for reason in ('cell', 'declared', 'share', 'special', 'no source', 'resolver'))
        assert not wrong, f'{len(wrong)}:\n' + '\n'.join(wrong[:5])

"""Queries at random about a World (zonegen), and a client that asks several servers each of them."""
import random
import socket
import struct

import wire
import zonegen

QUESTION_TYPES = sorted(set(wire.TYPES.values()) - {41}) + [65280, 4242, 65300, 3, 11, 30, 249, 250, 253]
FREQUENT = [wire.A, wire.A, wire.A, wire.AAAA, wire.MX, wire.TXT, wire.NS, wire.SOA, wire.CNAME, wire.DS, wire.ANY, wire.DNAME]


class Query:
    """One question with all that the client chooses."""

    def __init__(self, name, rdtype, edns=None, do=False, tcp=False):
        self.name, self.type, self.edns, self.do, self.tcp = name, rdtype, edns, do, tcp

    def octets(self, ident):
        return wire.query(ident, self.name, self.type, edns=self.edns, do=self.do)

    def but(self, **changes):
        """The same question with something changed."""
        fields = dict(name=self.name, rdtype=self.type, edns=self.edns, do=self.do, tcp=self.tcp)
        fields.update(changes)
        return Query(**fields)

    @property
    def lower(self):
        return self.name.lower()

    def limit(self, udp_max):
        """How large the reply may be."""
        if self.tcp:
            return 65535
        return 512 if self.edns is None else max(512, min(self.edns, udp_max))

    def __str__(self):
        return (f'{wire.name_text(self.name)} {wire.type_name(self.type)}' + (' tcp' if self.tcp else '') +
                (f' bufsize={self.edns}' if self.edns is not None else ' noedns') + (' do' if self.do else ''))


class Client:
    """Asks one server, over one UDP socket and one TCP connection that is opened again when closed."""

    def __init__(self, server):
        self.server = server
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.connect((server.address, server.port))
        self.stream = None
        self.ident = 0
        self.memory = {}

    def close(self):
        self.udp.close()
        if self.stream:
            self.stream.close()

    def ask(self, query):
        """A wire.Message; the same question twice is asked once."""
        key = (query.name, query.type, query.edns, query.do, query.tcp)
        if key not in self.memory:
            self.ident = (self.ident + 1) & 0xffff
            octets = query.octets(self.ident)
            reply = self.over_tcp(octets) if query.tcp else self.over_udp(octets)
            try:
                self.memory[key] = wire.Message(reply)
            except (wire.Malformed, struct.error, IndexError) as error:
                raise AssertionError(f'{self.server.kind}: cannot read the reply to {query}: {error}\n{reply.hex()}') from error
        return self.memory[key]

    def over_udp(self, octets):
        for timeout in (1, 2, 5):
            self.udp.settimeout(timeout)
            self.udp.send(octets)
            try:
                while True:
                    reply = self.udp.recv(65535)
                    if reply[:2] == octets[:2]:
                        return reply
            except socket.timeout:
                continue
        raise AssertionError(f'{self.server.kind}: no reply to {octets.hex()}')

    def over_tcp(self, octets):
        for attempt in range(3):
            try:
                if self.stream is None:
                    self.stream = socket.create_connection((self.server.address, self.server.port), timeout=5)
                self.stream.sendall(struct.pack('>H', len(octets)) + octets)
                length = struct.unpack('>H', self.exactly(2))[0]
                return self.exactly(length)
            except OSError:
                if self.stream:
                    self.stream.close()
                self.stream = None
        raise AssertionError(f'{self.server.kind}: no reply over TCP to {octets.hex()}')

    def exactly(self, length):
        out = b''
        while len(out) < length:
            more = self.stream.recv(length - len(out))
            if not more:
                raise OSError('closed')
            out += more
        return out


def mix_case(name, r):
    labels = []
    for label in wire.labels_of(name):
        labels.append(bytes(c ^ 0x20 if (65 <= c <= 90 or 97 <= c <= 122) and r.random() < 0.5 else c for c in label))
    return wire.from_labels(labels)


def random_label(r):
    return r.choice([b'nx', b'foo', b'zzz', b'0', b'*', b'-', b'\0', b'\xff', b'a', b'www', bytes([r.randint(0, 255)]) * r.randint(1, 20)])


def names_about(zone, r):
    """[(name, types likely there)]: what exists, and what is above, below and beside it."""
    out = []
    for owner, types in zone.owners.items():
        if owner.startswith('name-server-number-') and r.random() < 0.9:
            continue  # there are many, all alike
        name = wire.name_wire(owner).lower()
        likely = [wire.TYPES.get(t) or int(t[4:]) for t in types]
        out.append((name, likely))
        labels = wire.labels_of(name)
        for _ in range(2):
            kind = r.randint(0, 6)
            if kind == 0:
                made = labels[1:]
            elif kind == 1:
                made = [random_label(r)] + labels
            elif kind == 2:
                made = [random_label(r), random_label(r)] + labels
            elif kind == 3:
                made = [labels[0] + b'0'] + labels[1:] if len(labels[0]) < 63 else labels[1:]
            elif kind == 4:
                made = [labels[0][:-1] or b'a'] + labels[1:]
            elif kind == 5:
                made = [random_label(r)] + labels[1:]
            else:
                made = [b'*'] + labels
            made = wire.from_labels(made)
            if len(made) <= 255:
                out.append((made, likely))
    for owner in zone.wildcards:
        labels = wire.labels_of(wire.name_wire(owner).lower())[1:]
        likely = [wire.TYPES.get(t) or int(t[4:]) for t in zone.owners.get(owner.lower(), {})]
        for extra in ([b'match'], [b'more', b'match'], [b'a', b'*'], [b'x' * 60, b'y' * 60]):
            made = wire.from_labels(extra + labels)
            if len(made) <= 255:
                out.append((made, likely))
    for owner in zone.cuts + zone.dnames:
        labels = wire.labels_of(wire.name_wire(owner).lower())
        for extra in ([b'under'], [b'a', b'under'], [b'l' * 63, b'm' * 63]):
            made = wire.from_labels(extra + labels)
            if len(made) <= 255:
                out.append((made, [wire.A, wire.DS, wire.DNAME, wire.NS]))
    origin = wire.name_wire(zone.origin).lower()
    out += [(origin, [wire.SOA, wire.NS, wire.DNSKEY, wire.NSEC3PARAM, wire.CDS if hasattr(wire, 'CDS') else 59, wire.NSEC, wire.DS])] * 3
    out.append((wire.from_labels([random_label(r)] + wire.labels_of(origin)), []))
    return out


def queries(world, count):
    """count queries, spread over all zones; the same for the same seed."""
    r = random.Random(f'queries {world.seed}')
    pools = [names_about(zone, r) for zone in world.zones]
    for pool in pools:
        r.shuffle(pool)
    made = 0
    turn = 0
    while made < count:
        for pool in pools:
            name, likely = pool[turn % len(pool)]
            chance = r.random()
            if likely and chance < 0.45:
                rdtype = r.choice(likely)
            elif chance < 0.85:
                rdtype = r.choice(FREQUENT)
            else:
                rdtype = r.choice(QUESTION_TYPES)
            if rdtype in (251, 252, 41, 0):
                rdtype = wire.A
            edns = r.choice([None, 512, 1232, 1232, 1232, 4096, 100])
            yield Query(mix_case(name, r) if r.random() < 0.3 else name, rdtype, edns,
                        edns is not None and r.random() < 0.75, r.random() < 0.1)
            made += 1
            if made >= count:
                return
        turn += 1

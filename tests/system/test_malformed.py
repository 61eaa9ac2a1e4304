"""Queries that are wrong in every way: kotaed answers as BIND, Knot or NSD do, or as an RFC says.

Each message belongs to a class.  What kotaed does with it (drops it, or the header and EDNS of
its reply) must be what at least one of the three peers does; where it is not, DIFFERENCES must
name the class with the outcome and the line of the RFC that decides it.
"""
import concurrent.futures
import random
import socket
import struct
import time

import pytest

import harness
import wire

ZONE = '''$ORIGIN example.test.
@ 300 IN SOA ns hostmaster 1 7200 900 1209600 60
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
www 300 IN A 192.0.2.1
www 300 IN TXT "text"
sub 300 IN NS ns.sub
ns.sub 300 IN A 192.0.2.2
'''
ORIGIN = wire.name_wire('example.test.')
WWW = wire.name_wire('www.example.test.')

# class -> {outcome: why}.  An outcome that no peer shows, and who says that it is right.
OPCODE = 'RFC 1035 s.4.1.1 (NOTIMP: the kind of query is not supported): the opcode is looked at first, the rest has no known form'
RDATA = 'RFC 1035 s.4.1: records beside the question mean nothing in a query; kotae walks over them and does not read their data'
POINTER = 'RFC 1035 s.4.1.4: a pointer leads to "a prior occurrence of the same name"; before the question there is none'
DIFFERENCES = {
    'opcode 4': {'NOTIMP': OPCODE + ' (NOTIFY: RFC 1996; kotae is no secondary yet)'},
    'opcode 4, SOA of a zone': {'NOTIMP': OPCODE + ' (NOTIFY)'},
    'opcode 4, EDNS': {'NOTIMP': OPCODE + ' (NOTIFY)'},
    'opcode 4, nothing': {'NOTIMP': OPCODE + ' (NOTIFY)'},
    'an with bad data': {'NOERROR': RDATA},
    'ns with bad data': {'NOERROR': RDATA},
    'ar with bad data': {'NOERROR': RDATA},
    'class 3': {'REFUSED': 'RFC 1035 s.4.1.1: version.bind TXT and id.server are what there is in class CH (RFC 4892); the rest is refused'},
    'class 255': {'REFUSED': 'RFC 1035 s.6.2: QCLASS ANY cannot be answered with authority (AA must be off); it is refused as each class not held'},
    'question is a pointer': {'FORMERR': POINTER},
    'question ends in a pointer': {'FORMERR': POINTER},
    'TSIG with a TTL': {'FORMERR': 'RFC 8945 s.4.2, 5.2: the TTL must be 0, and what cannot be read as TSIG is FORMERR'},
    'type 252': {'FORMERR': 'RFC 5936 s.4.2: AXFR over UDP is not defined'},
    'type 252, EDNS': {'FORMERR': 'RFC 5936 s.4.2: AXFR over UDP is not defined'},
}


def mutation_allows(octets, ours):
    """Why an outcome that no peer shows is right for a mutated query, or None."""
    opcode = octets[0] >> 3 & 15 if octets else 0
    if ours == 'NOTIMP' and opcode != 0:
        return OPCODE
    if ours == 'FORMERR':
        return 'RFC 1035 s.4.1.1 (FORMERR: unable to interpret the query): saying so is never wrong, where peers are silent'
    if ours in ('NOERROR', 'NXDOMAIN', 'REFUSED') and octets[2:4] == b'\0\1' and octets[4:10] != b'\0' * 6:
        return RDATA
    if ours == 'NOTAUTH' and b'\0\xfa' in octets:
        return 'RFC 8945 s.5.2: TSIG by a key that is not known is NOTAUTH; peers look at the question first, or not'
    if ours == 'REFUSED' and class_of(octets) == 255:
        return DIFFERENCES['class 255']['REFUSED']
    return None


def class_of(octets):
    """QCLASS of a query without its id, or None."""
    at = 10
    while at < len(octets) and octets[at]:
        at += octets[at] + 1
    return int.from_bytes(octets[at + 3:at + 5], 'big') if at + 5 <= len(octets) else None


def header(flags=0, qd=1, an=0, ns=0, ar=0):
    return struct.pack('>5H', flags, qd, an, ns, ar)


def question(name=WWW, rdtype=wire.A, rdclass=1):
    return name + struct.pack('>HH', rdtype, rdclass)


def record(owner, rdtype, rdclass, ttl, data):
    return owner + struct.pack('>HHIH', rdtype, rdclass, ttl, len(data)) + data


def opt(size=1232, version=0, flags=0, rcode=0, options=b'', owner=b'\0'):
    return record(owner, wire.OPT, size, rcode << 24 | version << 16 | flags, options)


def option(code, data):
    return struct.pack('>HH', code, len(data)) + data


def tsig(name=b'\7unknown\0', algorithm=wire.name_wire('hmac-sha256.'), mac=b'\0' * 32, rdclass=255, ttl=0):
    now = int(time.time())
    data = algorithm + struct.pack('>HIHH', now >> 32, now & 0xffffffff, 300, len(mac)) + mac + struct.pack('>HHH', 1, 0, 0)
    return record(name, 250, rdclass, ttl, data)


def crafted():
    """[(class, octets behind the id)]"""
    out = []
    add = lambda kind, octets: out.append((kind, octets))
    plain = header() + question()

    # The header.
    add('no question', header(qd=0))
    add('no question, EDNS', header(qd=0, ar=1) + opt())
    add('no question, cookie', header(qd=0, ar=1) + opt(options=option(10, b'12345678')))
    add('two questions', header(qd=2) + question() + question(rdtype=wire.AAAA))
    add('same question twice', header(qd=2) + question() + question())
    add('question announced, none there', header())
    add('many questions announced', header(qd=65535) + question())
    for bit in range(16):
        if bit in (11, 12, 13, 14):
            continue
        add('a response' if bit == 15 else f'header bit {bit}', header(1 << bit) + question())
    for opcode in range(16):
        add(f'opcode {opcode}', header(opcode << 11) + question())
        add(f'opcode {opcode}, SOA of a zone', header(opcode << 11) + question(ORIGIN, wire.SOA))
        add(f'opcode {opcode}, EDNS', header(opcode << 11, ar=1) + question() + opt())
        add(f'opcode {opcode}, nothing', header(opcode << 11, qd=0))
        add(f'opcode {opcode}, response', header(0x8000 | opcode << 11) + question())
    for rcode in range(1, 16):
        add('an RCODE in a query', header(rcode) + question())
    for section in ('an', 'ns', 'ar'):
        add(f'{section} announced, none there', header(**{section: 1}) + question())
        add(f'{section} announced 65535', header(**{section: 65535}) + question())
        add(f'{section} with a record', header(**{section: 1}) + question() + record(WWW, 1, 1, 0, b'\1\2\3\4'))
        add(f'{section} with a cut record', header(**{section: 1}) + question() + record(WWW, 1, 1, 0, b'\1\2\3\4')[:-2])
        add(f'{section} with bad data', header(**{section: 1}) + question() + record(WWW, 1, 1, 0, b'\1'))

    # Lengths.
    for i in range(len(plain)):
        add('cut short', plain[:i])
    with_opt = header(ar=1) + question() + opt(options=option(10, b'12345678'))
    for i in range(len(plain), len(with_opt)):
        add('cut short in OPT', with_opt[:i])
    for n in (1, 2, 4, 12, 400):
        add('octets behind the question', plain + b'\0' * n)
        add('octets behind the question', plain + b'\xff' * n)
        add('octets behind OPT', with_opt + b'\0' * n)

    # Names.
    for pointer in (0xc000, 0xc00c, 0xc00d, 0xc010, 0xc0ff, 0xffff, 0xc004):
        add('question is a pointer', header() + struct.pack('>H', pointer) + b'\0\1\0\1')
        add('question ends in a pointer', header() + b'\3www' + struct.pack('>H', pointer) + b'\0\1\0\1')
    for octet in (0x40, 0x41, 0x7f, 0x80, 0xbf):
        add('label of an unknown kind', header() + bytes([octet]) + b'\0' * 70 + b'\0\1\0\1')
    for n, kind in ((126, 'name of 253 octets'), (127, 'name of 255 octets'), (128, 'name of 257 octets'), (200, 'name of 401 octets')):
        add(kind, header() + b'\1a' * n + b'\0\0\1\0\1')
    add('name without an end', header() + b'\77' + b'a' * 63)
    add('name without an end', header() + b'\77' + b'a' * 10)
    for label in (b'\0', b'.', b'\\', b'\xff' * 10, b' ', b'*', b'a' * 63):
        add('strange label', header() + question(wire.from_labels([label]) [:-1] + ORIGIN))

    # Types and classes.
    for rdclass in (0, 2, 3, 4, 5, 254, 255, 256, 65280, 65535):
        for name in (WWW, wire.name_wire('version.bind.'), b'\0'):
            for rdtype in (wire.A, wire.TXT, wire.ANY):
                add(f'class {rdclass}', header() + question(name, rdtype, rdclass))
    for rdtype in (0, 3, 4, 10, 11, 41, 43, 46, 128, 248, 249, 250, 251, 252, 253, 254, 255, 256, 32768, 65280, 65535):
        for name in (WWW, ORIGIN, wire.name_wire('elsewhere.invalid.'), wire.name_wire('x.sub.example.test.')):
            add(f'type {rdtype}', header() + question(name, rdtype))
            add(f'type {rdtype}, EDNS', header(ar=1) + question(name, rdtype) + opt())
    add('IXFR with its SOA', header(ns=1) + question(ORIGIN, 251) + record(ORIGIN, 6, 1, 0, b'\0\0' + b'\0' * 20))

    # EDNS.
    for version in (1, 2, 100, 255):
        add('EDNS version', header(ar=1) + question() + opt(version=version))
        add('EDNS version, DO', header(ar=1) + question() + opt(version=version, flags=0x8000))
        add('EDNS version, unknown option', header(ar=1) + question() + opt(version=version, options=option(100, b'x')))
        add('EDNS version, other zone', header(ar=1) + question(wire.name_wire('elsewhere.invalid.')) + opt(version=version))
    add('two OPT', header(ar=2) + question() + opt() + opt())
    add('three OPT', header(ar=3) + question() + opt() + opt() + opt())
    add('OPT in the answer', header(an=1) + question() + opt())
    add('OPT in the authority', header(ns=1) + question() + opt())
    add('OPT in the answer and the additional', header(an=1, ar=1) + question() + opt() + opt())
    add('OPT not at the root', header(ar=1) + question() + opt(owner=WWW))
    add('OPT owned by a pointer to the root', header(ar=1) + question() + opt(owner=struct.pack('>H', 0xc000 | 12 + len(WWW) - 1)))
    add('OPT behind a record', header(ar=2) + question() + record(WWW, 1, 1, 0, b'\1\2\3\4') + opt())
    add('OPT before a record', header(ar=2) + question() + opt() + record(WWW, 1, 1, 0, b'\1\2\3\4'))
    for size in (0, 1, 511, 512, 513, 65535):
        add(f'EDNS size', header(ar=1) + question() + opt(size=size))
    for flags in (0x8000, 0x4000, 0x0001, 0xffff):
        add('EDNS flags', header(ar=1) + question() + opt(flags=flags))
    for rcode in (1, 16, 255):
        add('EDNS extended RCODE in a query', header(ar=1) + question() + opt(rcode=rcode))
    for data in (b'\0', b'\0\3', b'\0\3\0', b'\0\3\0\1', b'\0\x0a\0\xff', b'\0\0\0\0\0', b'\xff' * 9):
        add('options cut short', header(ar=1) + question() + opt(options=data))
    for n in (0, 1, 7, 8, 9, 15, 16, 24, 32, 40, 41, 60):
        kind = 'cookie' if n == 8 or 16 <= n <= 40 else 'cookie of a wrong length'
        add(kind, header(ar=1) + question() + opt(options=option(10, b'c' * n)))
    for data in (b'', b'\0', b'\0\1', b'\0\1\30\0\xc0\0\2', b'\0\1\30\0\xc0\0', b'\0\1\41\0\xc0\0\2\0\0', b'\0\3\0\0', b'\0\0\0\0',
                 b'\0\1\30\1\xc0\0\2', b'\0\1\27\0\xc0\0\3', b'\0\2\200\0' + b'x' * 16, b'\0\2\201\0' + b'x' * 17):
        add('client subnet', header(ar=1) + question() + opt(options=option(8, data)))
    for code in (3, 5, 6, 7, 9, 11, 12, 13, 14, 15, 18, 19, 20, 100, 65001, 65535):
        for n in (0, 1, 2, 3, 4, 20):
            add(f'option {code}', header(ar=1) + question() + opt(options=option(code, b'\1' * n)))
        add(f'option {code} twice', header(ar=1) + question() + opt(options=option(code, b'') * 2))

    # TSIG.
    add('TSIG, unknown key', header(ar=1) + question() + tsig())
    add('TSIG, unknown algorithm', header(ar=1) + question() + tsig(algorithm=b'\3foo\0'))
    add('TSIG, not last', header(ar=2) + question() + tsig() + opt())
    add('TSIG behind OPT', header(ar=2) + question() + opt() + tsig())
    add('two TSIG', header(ar=2) + question() + tsig() + tsig())
    add('TSIG in the answer', header(an=1) + question() + tsig())
    add('TSIG of a wrong class', header(ar=1) + question() + tsig(rdclass=1))
    add('TSIG with a TTL', header(ar=1) + question() + tsig(ttl=1))
    add('TSIG cut short', (header(ar=1) + question() + tsig())[:-5])
    add('TSIG with data cut short', header(ar=1) + question() + record(b'\1k\0', 250, 255, 0, b'\0'))
    return out


def mutated(r, count):
    """Good queries with some octets changed."""
    seeds = [header() + question(), header(ar=1) + question() + opt(options=option(10, b'12345678') + option(3, b'')),
             header(ar=1) + question(ORIGIN, wire.ANY) + opt(flags=0x8000), header(0x100) + question(wire.name_wire('no.sub.example.test.')),
             header(ar=2) + question() + opt() + tsig()]
    out = []
    for _ in range(count):
        octets = bytearray(r.choice(seeds))
        for _ in range(r.choice([1, 1, 2, 4])):
            way, at = r.randint(0, 3), r.randrange(len(octets))
            if way == 0:
                octets[at] ^= 1 << r.randint(0, 7)
            elif way == 1:
                octets[at] = r.choice([0, 1, 12, 0x3f, 0x40, 0xc0, 0xff])
            elif way == 2:
                del octets[at:at + r.randint(1, 3)]
            else:
                octets[at:at] = r.randbytes(r.randint(1, 3))
            if not octets:
                octets = bytearray(b'\0')
        out.append(('mutated', bytes(octets)))
    return out


def ask_all(server, messages):
    """The reply, or None, to each.  Silence is believed the second time: the kernel drops too."""
    replies = ask_once(server, messages)
    silent = [i for i, reply in enumerate(replies) if reply is None]
    for i, reply in zip(silent, ask_once(server, [messages[i] for i in silent])):
        replies[i] = reply
    return replies


def ask_once(server, messages):
    """Sends in batches whose ids differ."""
    replies = [None] * len(messages)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)  # replies wait until a batch is sent
        sock.connect((server.address, server.port))
        for start in range(0, len(messages), 400):
            batch = messages[start:start + 400]
            for i, octets in enumerate(batch):
                sock.send(struct.pack('>H', start + i + 1) + octets)
                time.sleep(0.0003)
            sock.settimeout(0.4)
            try:
                while True:
                    reply = sock.recv(65535)
                    at = struct.unpack('>H', reply[:2])[0] - 1
                    assert start <= at < start + len(batch), f'{server.kind}: a reply with an id that was not sent: {reply.hex()}'
                    assert replies[at] is None, f'{server.kind}: two replies to {batch[at - start].hex()}'
                    replies[at] = reply
            except socket.timeout:
                pass
            except ConnectionRefusedError:
                break
    return replies


def outcome(reply, octets):
    """A word for what was done."""
    if reply is None:
        return 'dropped'
    message = wire.Message(reply)
    assert message.flags & wire.QR
    assert message.rcode in (0, 3) or not message.answer, f'records beside an error: {reply.hex()}'
    words = [{0: 'NOERROR', 1: 'FORMERR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 4: 'NOTIMP', 5: 'REFUSED', 9: 'NOTAUTH',
              16: 'BADVERS', 23: 'BADCOOKIE'}.get(message.rcode, str(message.rcode))]
    if message.flag(wire.TC):
        words.append('TC')
    return ' '.join(words)


def shown(octets):
    return octets.hex() if len(octets) < 120 else octets[:120].hex() + '...'


@pytest.fixture(scope='module')
def servers(tmp_path_factory):
    directory = tmp_path_factory.mktemp('malformed')
    path = directory / 'zone'
    path.write_text(ZONE)
    started = []
    try:
        for kind in (harness.SUBJECT, harness.Bind, harness.Knot, harness.Nsd):
            started.append(kind(directory / f'{len(started)}', {'example.test': path}).start())
        yield started
    finally:
        for server in started:
            server.stop()


def test_wrong_queries_are_answered_as_the_peers_do(servers):
    r = random.Random(20261122)
    cases = crafted() + mutated(r, 20000 if harness.FULL else 2000)
    messages = [octets for _, octets in cases]
    with concurrent.futures.ThreadPoolExecutor(len(servers)) as pool:
        replies = list(pool.map(lambda server: ask_all(server, messages), servers))
    wrong, listed = [], {}
    for i, (kind, octets) in enumerate(cases):
        ours, *theirs = [outcome(each[i], octets) for each in replies]
        if ours in theirs:
            continue
        if ours in DIFFERENCES.get(kind, {}):
            listed[kind, ours] = listed.get((kind, ours), 0) + 1
            continue
        if kind == 'mutated' and mutation_allows(octets, ours):
            listed[kind, mutation_allows(octets, ours)] = listed.get((kind, mutation_allows(octets, ours)), 0) + 1
            continue
        wrong.append(f'{kind}: {ours}; bind {theirs[0]}, knot {theirs[1]}, nsd {theirs[2]}: {shown(octets)}')
    for (kind, ours), n in listed.items():
        print(f'{n} x {kind}: {ours}: {DIFFERENCES.get(kind, {}).get(ours, "")}')
    assert not wrong, f'{len(wrong)} of {len(cases)}\n' + '\n'.join(wrong[:100])
    assert servers[0].running()
    assert servers[0].ask('www.example.test.').answer


def test_replies_to_wrong_queries_keep_the_rules(servers):
    """What holds for every reply: the id, QR, the question or none, EDNS only if asked with it."""
    r = random.Random(7)
    cases = crafted() + mutated(r, 1000)
    replies = ask_all(servers[0], [octets for _, octets in cases])
    for (kind, octets), reply in zip(cases, replies):
        if reply is None:
            continue
        message = wire.Message(reply)
        assert len(octets) >= 10 and not octets[0] & 0x80, f'{kind}: a reply to a response or to a runt: {shown(octets)}'
        assert message.opcode == octets[0] >> 3 & 15, f'{kind}: another opcode: {shown(octets)}'
        assert message.flag(wire.RD) == bool(octets[0] & 1), f'{kind}: RD is not as asked (RFC 1035 s.4.1.1): {shown(octets)}'
        assert not message.flag(wire.RA) and not message.flags & 0x40, f'{kind}: RA or Z: {shown(octets)}'
        assert message.n_question <= 1
        if message.n_question:
            assert octets[10:10 + len(message.question)] == message.question, f'{kind}: another question: {shown(octets)}'
        assert len(reply) <= max(512, 1232 if message.opt else 512), f'{kind}: too long'
        if message.opt:
            assert message.opt[0] == b'\0' and message.opt[2] >> 16 & 0xff == 0
            assert octets.find(b'\0\0\x29') >= 0 or b'\0\x29' in octets, f'{kind}: EDNS to one who has none: {shown(octets)}'


def tcp_exchange(server, octets, shut=False, timeout=2):
    """What comes back on one connection until it is silent or closed."""
    out = b''
    with socket.create_connection((server.address, server.port), timeout=timeout) as sock:
        try:
            sock.sendall(octets)
            if shut:
                sock.shutdown(socket.SHUT_WR)
            while True:
                more = sock.recv(65535)
                if not more:
                    break
                out += more
                if not shut and len(out) > 2 and len(out) >= 2 + struct.unpack('>H', out[:2])[0]:
                    break
        except OSError:  # reset, or silent for too long
            pass
    return out


def test_wrong_streams_do_no_harm(servers):
    server = servers[0]
    good = struct.pack('>H', 7) + header() + question()
    framed = struct.pack('>H', len(good)) + good
    for octets in (b'', b'\0', b'\0\0', b'\0\1x', b'\0\5short', b'\xff\xff' + b'x' * 100, b'\0\xff' + good,
                   framed[:-1], b'GET / HTTP/1.0\r\n\r\n', b'\x16\3\1\2\0' + b'\0' * 100, b'\0' * 5000, b'\xff' * 70000):
        tcp_exchange(server, octets, shut=True, timeout=1)
        assert tcp_exchange(server, framed)[2:4] == b'\0\7', f'no answer over TCP after {octets[:20].hex()}'
    reply = tcp_exchange(server, framed * 3, shut=True)
    length = struct.unpack('>H', reply[:2])[0]
    assert len(reply) == 3 * (length + 2), 'three queries in one segment have three replies'
    assert server.running()

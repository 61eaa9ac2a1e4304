"""Zone files that are odd but legal: BIND's named-compilezone and ours read the same records.

KT_TEST_SEED repeats a run; KT_TEST_ZONES sets the number of zones.
"""
import os
import random
import shutil
import subprocess

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from harness import BUILD

ZONE = 'example.org.'
ZONES = int(os.environ.get('KT_TEST_ZONES', '80'))
SEED = int(os.environ.get('KT_TEST_SEED', random.randrange(1 << 32)))

ODD_OWNERS = ['IN', 'NS', 'A', '300', '1h', 'TXT', 'class1', 'TYPE1', '*', '_x._tcp', 'a\\.b',
              '\\065\\066', '\\$TTL', '\\@', 'a\\ b', 'a\\;b', 'a\\(b', 'a\\"b', '\\000\\255', '-']


class Maker:
    """Writes one zone and its included files."""

    def __init__(self, r, directory):
        self.r = r
        self.directory = directory
        self.files = 0
        self.unique = 0
        self.default_ttl = True

    def pick(self, *choices):
        return self.r.choice(choices)

    def chance(self, p):
        return self.r.random() < p

    # --- parts of a record

    def blank(self):
        return self.pick(' ', ' ', ' ', '\t', '  ', ' \t ')

    def label(self):
        if self.chance(0.2):
            return self.r.choice(ODD_OWNERS)
        return ''.join(self.r.choice('abcXYZ019-_') for _ in range(self.r.randint(1, 9)))

    def owner(self):
        kind = self.r.random()
        if kind < 0.15:
            return '@'
        if kind < 0.25:
            return f'{self.label()}.{ZONE}'
        if kind < 0.4:
            return f'{self.label()}.{self.label()}'
        return self.label()

    def name(self):
        kind = self.r.random()
        if kind < 0.1:
            return '@'
        if kind < 0.3:
            return f'{self.label()}.test.'
        if kind < 0.35:
            return '.'
        return self.label()

    def ttl(self):
        n = self.r.randint(0, 5000)
        return self.pick(str(n), str(n), f'{n % 48}h', f'{n % 9}d{n % 24}H{n % 60}m{n % 60}S',
                         f'{n % 50}w', '2147483647', '0')

    def string(self):
        if self.chance(0.3):
            return ''.join(self.r.choice('abc019-$@') for _ in range(self.r.randint(1, 20)))
        out = ''
        for _ in range(self.r.randint(0, 20)):
            out += self.pick('a', 'B', ' ', ';', '(', ')', '\\"', '\\\\', '\\;', '$', '\\032',
                             '\\000', '\\255', '\t', '@', "'")
        return f'"{out}"'

    def fields(self):
        """A type and its rdata as words."""
        n = self.r.randint
        return self.pick(
            lambda: ['A', f'{n(0, 255)}.{n(0, 255)}.{n(0, 255)}.{n(0, 255)}'],
            lambda: ['aaaa', self.pick('::', '::1', '2001:db8::1', f'fe80::{n(1, 9999)}',
                                       '::ffff:192.0.2.1', f'1:2:3:4:5:6:7:{n(1, 9999):x}')],
            lambda: ['Ptr', self.name()],
            lambda: ['MX', str(n(0, 65535)), self.name()],
            lambda: ['TXT'] + [self.string() for _ in range(n(1, 4))],
            lambda: ['SRV', str(n(0, 99)), str(n(0, 99)), str(n(0, 65535)), self.name()],
            lambda: ['HINFO', self.string(), self.string()],
            lambda: ['CAA', '0', 'issue', '"ca.test; x=y"'],
            lambda: ['TYPE65280', '\\#', '3', 'ab', 'CDEF'],
            lambda: ['TYPE1', '\\#', '4', f'c00002{n(0, 255):02x}'],
            lambda: ['type16', self.string()],
            lambda: ['SSHFP', '1', '2', '00' * 16, 'ff' * 16],
            lambda: ['HTTPS', '1', self.name(), 'alpn="h2,h3"', f'port={n(1, 65535)}'],
        )()

    def laid_out(self, words):
        """Words of a record with parentheses, comments and line breaks between them."""
        if self.chance(0.6):
            return self.blank().join(words)
        out, depth, start = '', 0, self.r.randrange(len(words))
        for i, word in enumerate(words):
            if i == start or (depth and self.chance(0.1)):
                out += self.pick('(', ' ( ')
                depth += 1
            out += word
            if depth:
                out += self.pick(' ', '\t', '\n', '\n  ', ' ; comment ) " (\n\t', '\r\n\t')
            else:
                out += self.blank()
        return out + self.pick(')', ' )', '\n)') * depth

    # --- lines

    def end(self):
        return self.pick('\n', '\n', '\n', '\r\n', ' ; comment\n', ';"\n', ' \n\n', '\n \t\n')

    def record(self):
        head = []
        if self.chance(0.4):
            head.append(self.ttl())
        if self.chance(0.3):
            head.insert(self.r.randint(0, len(head)), self.pick('IN', 'in', 'CLASS1'))
        owner = self.blank() if self.chance(0.25) else self.owner() + self.blank()
        if not self.default_ttl:
            # When BIND changes the TTL of a record to that of its set, records behind it
            # inherit the changed one, not the last one stated (RFC 1035 s.5.1).
            self.unique += 1
            owner = f'u{self.unique}.{self.label()} '
        return owner + self.laid_out(head + self.fields()) + self.end()

    def generate(self):
        self.unique += 1
        start = self.r.randint(0, 300)
        stop = start + self.r.randint(0, 20)
        step = self.pick('', '', '/2', '/7')
        modifier = self.pick('$', '${0}', '${5}', '${0,4}', '${-0,3,d}', '${10,2,x}', '${0,0,X}',
                             '${1,5,o}', '${0,0,n}', '${0,5,n}', '${0,4,N}x', '${3,1,n}', 'x\\$$')
        kind, rhs = self.pick(('PTR', f'p{modifier}.test.'), ('CNAME', f'c{modifier}'),
                              ('TXT', '"text $ $$"'), ('TXT', f'"\\"a {modifier}\\" b"'),
                              ('MX', '"10 m$"'), ('AAAA', '2001:db8::${0,4,x}'))
        head = ' '.join(self.r.sample(['60', 'IN'], self.r.randint(0, 2)))
        return (f'{self.pick("$GENERATE", "$generate")} {start}-{stop}{step} '
                f'g{self.unique}-{modifier} {head} {kind} {rhs}\n')

    def include(self, depth):
        self.files += 1
        name = f'inc{self.files}'
        self.write(name, self.lines(self.r.randint(0, 8), depth + 1))
        origin = self.pick('', '', f' sub{self.files}', f' {self.label()}.{ZONE}')
        quoted = self.pick(name, f'"{name}"')
        return f'{self.pick("$INCLUDE", "$Include")} {quoted}{origin}{self.pick("", " ; c")}\n'

    def line(self, depth):
        kind = self.r.random()
        if kind < 0.8:
            return self.record()
        if kind < 0.85:
            return f'$TTL {self.ttl()}{self.end()}'
        if kind < 0.9:
            return f'$ORIGIN {self.pick("sub", "a.b." + ZONE, ZONE, ZONE)}{self.end()}'
        if kind < 0.95 or depth == 3:
            return self.generate()
        return self.include(depth)

    def lines(self, n, depth):
        lines = [self.line(depth) for _ in range(n)]
        # BIND wants a line end behind $GENERATE.
        if lines and lines[-1][0] != '$' and self.chance(0.3):
            lines[-1] = lines[-1].rstrip('\r\n')
        return ''.join(lines)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), 'w', newline='') as f:
            f.write(text)

    def zone(self):
        head = self.pick('$TTL 1h\n', '', '\n;x\n$TTL 5\n')
        self.default_ttl = bool(head)
        ttl = '' if head else self.pick('', '77 ')
        soa = self.pick('ns host 1 2 3 4 5', '( ns\n host 1\n2 3 ; x\n 4 5 )', 'ns host ( 1 2 3 4 5 )')
        self.write('zone', f'{head}@ {ttl}IN SOA {soa}\n NS ns\nns A 192.0.2.1\n' + self.lines(60, 0))


def sets(text):
    """RRsets of records one a line: (owner, type) to their TTLs and rdatas."""
    found = {}
    for line in text.splitlines():
        owner, ttl, _, kind, rdata = line.split(None, 4)
        rdtype = dns.rdatatype.from_text(kind)
        key = (dns.name.from_text(owner).to_digestable(), rdtype)
        wire = dns.rdata.from_text(dns.rdataclass.IN, rdtype, rdata, relativize=False)
        ttls, rdatas = found.setdefault(key, (set(), set()))
        ttls.add(int(ttl))
        rdatas.add(wire.to_digestable())
    return found


def same(ours, theirs):
    """BIND gives all records of a set one of their TTLs; the reader leaves them be."""
    return ours and theirs and ours[1] == theirs[1] and theirs[0] <= ours[0]


def compile_by_bind(directory):
    done = subprocess.run(
        ['named-compilezone', '-i', 'none', '-k', 'ignore', '-n', 'ignore', '-m', 'ignore',
         '-M', 'ignore', '-S', 'ignore', '-r', 'ignore', '-s', 'full', '-o', 'out', ZONE, 'zone'],
        cwd=directory, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f'named-compilezone: {done.stdout}{done.stderr}'
    with open(os.path.join(directory, 'out'), encoding='latin-1') as f:
        return f.read()


def read_by_us(tool, path):
    done = subprocess.run([tool, ZONE, path], capture_output=True, encoding='latin-1', timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def find_tool():
    path = os.path.join(BUILD, 'tests', 'unit', 'zonetext-tool')
    if not os.path.exists(path):
        path = os.path.join(BUILD, 'tests', 'unit', 'dns', 'zonetext-tool')
    if not os.path.exists(path):
        pytest.skip(f'zonetext-tool is not in {BUILD}: configure with -Dtests=true')
    return path


def difference(ours, theirs):
    out = []
    for key in sorted(set(ours) | set(theirs)):
        if not same(ours.get(key), theirs.get(key)):
            out.append(f'{key}: ours {ours.get(key)}, theirs {theirs.get(key)}')
    return '\n'.join(out)


def test_odd_zones_hold_the_same_records_as_in_bind(tmp_path):
    if not shutil.which('named-compilezone'):
        pytest.skip('named-compilezone is missing: apt-get install bind9-utils')
    tool = find_tool()
    records = 0
    for i in range(ZONES):
        directory = tmp_path / str(i)
        directory.mkdir()
        Maker(random.Random(SEED + i), directory).zone()
        theirs = sets(compile_by_bind(directory))
        text = read_by_us(tool, str(directory / 'zone'))
        ours = sets(text)
        wrong = difference(ours, theirs)
        assert not wrong, f'KT_TEST_SEED={SEED + i} KT_TEST_ZONES=1, {directory}:\n{wrong}'
        records += sum(len(rdatas) for _, rdatas in ours.values())
        # What we print, we read again, from any origin.
        (directory / 'again').write_text(text, encoding='latin-1')
        assert read_by_us(tool, str(directory / 'again')) == text
        shutil.rmtree(directory)
    print(f'{ZONES} zones, {records} records')
    assert records > 50 * ZONES

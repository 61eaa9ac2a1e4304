"""Zones at random, from a seed, for tests that compare servers.

World(seed, n_zones) makes n_zones zones whose names end in "test.", with the odd corners of
the protocol in them: wildcards at several depths, DNAME, chains and loops of CNAME that
cross zones, delegations of every kind with and without glue, empty non-terminals, data that
a cut hides, names with strange octets.  World.write(directory) writes the zone files, signed
where a zone is to be signed, by BIND's or Knot's tools.
"""
import base64
import concurrent.futures
import glob
import os
import random
import re

import harness

# Data that every server at hand can read, by type.  {n} is a name of the zone.
DATA = {
    'A': lambda r, n: f'192.0.2.{r.randint(1, 254)}',
    'AAAA': lambda r, n: f'2001:db8::{r.randint(1, 0xffff):x}',
    'MX': lambda r, n: f'{r.randint(0, 50)} {n}',
    'TXT': lambda r, n: ' '.join(f'"{word(r)} {r.randint(0, 999)}"' for _ in range(r.randint(1, 3))),
    'SRV': lambda r, n: f'{r.randint(0, 9)} {r.randint(0, 9)} {r.randint(1, 65535)} {n}',
    'PTR': lambda r, n: n,
    'HINFO': lambda r, n: f'"{word(r)}" "{word(r)}"',
    'RP': lambda r, n: f'{n} {n}',
    'AFSDB': lambda r, n: f'1 {n}',
    'LOC': lambda r, n: '52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m',
    'NAPTR': lambda r, n: f'{r.randint(0, 99)} 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
    'KX': lambda r, n: f'10 {n}',
    'CERT': lambda r, n: f'PGP 0 0 {base64.b64encode(r.randbytes(30)).decode()}',
    'SSHFP': lambda r, n: f'4 2 {r.randbytes(32).hex()}',
    'TLSA': lambda r, n: f'3 1 1 {r.randbytes(32).hex()}',
    'SMIMEA': lambda r, n: f'3 0 1 {r.randbytes(32).hex()}',
    'OPENPGPKEY': lambda r, n: base64.b64encode(r.randbytes(48)).decode(),
    'SVCB': lambda r, n: f'{r.randint(1, 9)} {n} alpn="h2,h3" port={r.randint(1, 65535)}',
    'HTTPS': lambda r, n: f'1 . alpn="h2" ipv4hint=192.0.2.{r.randint(1, 254)}',
    'EUI48': lambda r, n: '-'.join(f'{r.randint(0, 255):02x}' for _ in range(6)),
    'URI': lambda r, n: f'10 1 "https://{word(r)}.example/"',
    'CAA': lambda r, n: f'0 issue "{word(r)}.example"',
    'TYPE65280': lambda r, n: (lambda b: f'\\# {len(b)} {b.hex()}')(r.randbytes(r.randint(1, 40))),
    'TYPE4242': lambda r, n: (lambda b: f'\\# {len(b)} {b.hex()}')(r.randbytes(r.randint(1, 10))),
}
COMMON = ['A', 'A', 'A', 'AAAA', 'MX', 'TXT', 'SRV']
WORDS = ['alpha', 'beta', 'gamma', 'delta', 'www', 'mail', 'ftp', 'ns', 'a', 'b', 'c', 'x1', 'x2', 'long-label-in-the-middle',
         'Web', 'CamelCase', '_tcp', '_dmarc', '0', '99', 'zz', 'xn--9h8h', 'host', 'node']
STRANGE = ['sp\\032ace', 'dot\\.dot', '\\000null', '\\255\\254', 'semi\\;colon', 'at\\@sign', 'quo\\"te', 'back\\\\slash',
           'par\\(en', '\\200upper', 'a\\.b', 'dollar\\$', 'l' * 63, 'tab\\009', '\\*star', 'x*y', '**']
OUTSIDE = ['host.outside.example.', 'www.elsewhere.invalid.', 'NS.Other.Example.', 'test.', 'nobody.test.']


def word(r):
    return r.choice(WORDS)


class Zone:
    """One zone: origin (text, with the final dot), records, how it is signed."""

    def __init__(self, origin, seed):
        self.origin, self.random = origin, random.Random(f'{seed} {origin}')
        self.records = []         # (owner, ttl, type, data)
        self.owners = {}          # owner in lower case -> set of types
        self.cuts = []            # owners of NS below the apex
        self.dnames = []
        self.wildcards = []       # owners whose first label is *
        self.cnames = []
        self.hidden = []          # names below cuts
        self.children = []        # zones we hold below a cut here
        self.signing = None       # None, or a dict: tool, algorithm, nsec3, optout, salt, iterations
        self.has_apex_dname = False

    def name(self, *labels):
        return '.'.join(labels + (self.origin,)) if labels else self.origin

    def add(self, owner, rdtype, data, ttl=None):
        key = owner.lower()
        types = self.owners.setdefault(key, {})
        ttl = types.setdefault(rdtype, self.random.choice([0, 1, 60, 300, 3600, 86400]) if ttl is None else ttl)
        if (key, rdtype, data.lower()) in {(o.lower(), t, d.lower()) for o, _, t, d in self.records if o.lower() == key}:
            return
        self.records.append((owner, ttl, rdtype, data))

    def free(self, owner):
        """May ordinary data be put there: nothing yet, not below a cut or DNAME."""
        owner = owner.lower()
        if owner in self.owners:
            return False
        return not any(owner.endswith('.' + above.lower()) for above in self.cuts + self.dnames)

    def case(self, text):
        """Now and then a mixed letter case."""
        if self.random.random() < 0.15:
            return ''.join(c.upper() if self.random.random() < 0.5 else c for c in text)
        return text

    def some_name(self):
        """A target: mostly a name of this zone, sometimes none, sometimes outside."""
        r = self.random
        chance = r.random()
        if chance < 0.6 and self.owners:
            return self.case(r.choice(list(self.owners)))
        if chance < 0.75:
            return self.name('nothing-' + word(r).lower())
        if chance < 0.85 and self.wildcards:
            return 'via.' + r.choice(self.wildcards)[2:]
        return r.choice(OUTSIDE)

    def text(self):
        lines = []
        for owner, ttl, rdtype, data in self.records:
            lines.append(f'{owner}\t{ttl}\tIN\t{rdtype}\t{data}\n')
        return ''.join(lines)


class World:
    """All zones of one run."""

    def __init__(self, seed, n_zones):
        self.seed, self.random = seed, random.Random(f'world {seed}')
        self.zones = []
        number = 0
        while len(self.zones) < n_zones:
            number += 1
            origin = f'z{number}.test.'
            if number % 17 == 0:
                origin = f'Mixed-Z{number}.Test.'
            elif number % 23 == 0:
                origin = f'e\\.sc{number}.deep.er.test.'
            top = Zone(origin, seed)
            self.zones.append(top)
            if number % 4 == 0:
                child = Zone('kid.' + origin, seed)
                top.children.append(child)
                self.zones.append(child)
                if number % 8 == 0:
                    grandchild = Zone('two.deep.kid.' + origin, seed)
                    child.children.append(grandchild)
                    self.zones.append(grandchild)
        self.zones = self.zones[:n_zones]
        held = set(map(id, self.zones))
        for number, zone in enumerate(self.zones):
            zone.children = [child for child in zone.children if id(child) in held]
            zone.signing = self.signing(number)
        for zone in self.zones:
            self.fill(zone)
        self.link()

    def signing(self, number):
        r = self.random
        kind = number % 3  # a third each: unsigned, NSEC, NSEC3
        if kind == 0:
            return None
        return {
            'tool': r.choice(['bind', 'knot']),
            'algorithm': r.choice([8, 13, 13, 13, 15, 15]),
            'nsec3': kind == 2,
            'optout': r.random() < 0.5,
            'salt': r.choice(['', '', 'aabbccdd', '00' * 8]),
            'iterations': r.choice([0, 0, 0, 1, 5, 10]),
        }

    def fill(self, zone):
        r = zone.random
        zone.add(zone.origin, 'SOA', f'{zone.name("ns1") if r.random() < 0.8 else "ns.outside.example."} {zone.case("hostmaster." + zone.origin)} '
                 f'{r.randint(1, 2**31)} 7200 900 1209600 {r.choice([0, 60, 300, 3600, 100000])}', r.choice([30, 300, 3600, 86400]))
        for i in range(r.randint(1, 4)):
            if r.random() < 0.75:
                zone.add(zone.origin, 'NS', zone.case(zone.name(f'ns{i + 1}')))
                zone.add(zone.name(f'ns{i + 1}'), 'A', DATA['A'](r, ''))
                if r.random() < 0.5:
                    zone.add(zone.name(f'ns{i + 1}'), 'AAAA', DATA['AAAA'](r, ''))
            else:
                zone.add(zone.origin, 'NS', r.choice(OUTSIDE[:3]))
        for rdtype in r.sample(sorted(DATA), r.randint(0, 4)):
            if rdtype not in ('PTR',):
                zone.add(zone.origin, rdtype, DATA[rdtype](r, zone.name('ns1')))
        for rdtype in COMMON:
            if r.random() < 0.2:
                zone.add(zone.origin, rdtype, DATA[rdtype](r, zone.name('mail')))
        if r.random() < 0.05 and not zone.children and not any(o != zone.origin.lower() for o in zone.owners):
            zone.dnames.append(zone.origin)
            zone.has_apex_dname = True
            zone.add(zone.origin, 'DNAME', r.choice(['z1.test.', 'z2.test.', 'target.outside.example.']))
            return
        for child in zone.children:
            self.delegate_held(zone, child)
        self.hosts(zone)
        self.empty_non_terminals(zone)
        self.wildcards(zone)
        self.delegations(zone)
        if r.random() < 0.15:
            self.large(zone)

    def delegate_held(self, zone, child):
        r = zone.random
        zone.cuts.append(child.origin)
        for i in range(r.randint(1, 2)):
            server = f'ns{i + 1}.{child.origin}'
            zone.add(child.origin, 'NS', server)
            zone.add(server, 'A', f'192.0.2.{i + 1}')  # the child may well say otherwise
            zone.hidden.append(server)

    def hosts(self, zone):
        r = zone.random
        for _ in range(r.randint(3, 14)):
            labels = [r.choice(STRANGE) if r.random() < 0.12 else word(r) for _ in range(r.choice([1, 1, 1, 2, 2, 3]))]
            owner = zone.case(zone.name(*labels))
            if not zone.free(owner):
                continue
            for _ in range(r.choice([1, 1, 2, 3])):
                rdtype = r.choice(COMMON) if r.random() < 0.7 else r.choice(sorted(DATA))
                for _ in range(r.choice([1, 1, 1, 2, 5])):
                    zone.add(owner, rdtype, DATA[rdtype](r, zone.some_name()))

    def empty_non_terminals(self, zone):
        r = zone.random
        for _ in range(r.randint(0, 3)):
            owner = zone.name(word(r), 'e' + word(r), f'ent{r.randint(1, 3)}')
            if zone.free(owner):
                zone.add(owner, 'A', DATA['A'](r, ''))

    def wildcards(self, zone):
        r = zone.random
        places = [(), ('wild',), (word(r), 'wild'), ('under', f'ent{r.randint(1, 3)}'), ('*', 'inner'), (word(r),), ('*',)]
        for labels in r.sample(places, r.randint(0, 4)):
            owner = zone.name('*', *labels)
            if not zone.free(owner):
                continue
            zone.wildcards.append(owner)
            if r.random() < 0.3:
                zone.cnames.append(owner)
                zone.add(owner, 'CNAME', zone.some_name())
            else:
                for _ in range(r.randint(1, 3)):
                    rdtype = r.choice(COMMON)
                    zone.add(owner, rdtype, DATA[rdtype](r, zone.some_name()))
            if r.random() < 0.3:
                below = zone.name(word(r), '*', *labels)
                if zone.free(below):
                    zone.add(below, 'A', DATA['A'](r, ''))
            if r.random() < 0.3:
                beside = zone.name(r.choice(['stop', 'a.b']), *labels)
                if zone.free(beside):
                    zone.add(beside, 'TXT', '"stops the wildcard"')

    def delegations(self, zone):
        r = zone.random
        for i in range(r.choice([0, 1, 2, 3, 5])):
            cut = zone.name(f'sub{i}', *r.choice([(), (), ('deep',), ('wild',), (f'ent{r.randint(1, 3)}', )]))
            if not zone.free(cut) or any(o.endswith('.' + cut.lower()) for o in zone.owners):
                continue
            zone.cuts.append(cut)
            kinds = r.sample(['inside', 'inside', 'sibling', 'zone', 'outside', 'bare', 'cut'], r.randint(1, 3))
            for kind in kinds:
                self.name_server(zone, cut, kind)
            if r.random() < 0.4:
                zone.add(cut, 'DS', f'{r.randint(1, 65535)} 13 2 {r.randbytes(32).hex()}')
            if r.random() < 0.25:  # what a cut hides
                hidden = f'{r.choice(["secret", "*", "a.b"])}.{cut}'
                zone.add(hidden, r.choice(['A', 'TXT']), DATA['A'](r, '') if zone.random.random() < 0 else '192.0.2.9')
                zone.hidden.append(hidden)
            if r.random() < 0.1:
                zone.add(cut, 'TXT', '"beside the cut"')
            if r.random() < 0.1:
                lower = f'lower.{cut}'
                zone.add(lower, 'NS', f'ns.{lower}')
                zone.add(f'ns.{lower}', 'A', DATA['A'](r, ''))
                zone.hidden.append(f'ns.{lower}')

    def name_server(self, zone, cut, kind):
        r = zone.random
        if kind == 'inside':
            server = zone.case(f'ns{r.randint(1, 3)}.{cut}')
            zone.hidden.append(server)
            zone.add(server, 'A', DATA['A'](r, ''))
            if r.random() < 0.5:
                zone.add(server, 'AAAA', DATA['AAAA'](r, ''))
        elif kind == 'sibling':
            others = [one for one in zone.cuts if one != cut]
            server = f'ns9.{r.choice(others)}' if others else zone.name('ns1')
            if others and r.random() < 0.7:
                zone.add(server, 'A', DATA['A'](r, ''))
                zone.hidden.append(server)
        elif kind == 'zone':
            server = zone.case(zone.name('ns1'))
        elif kind == 'outside':
            server = r.choice(OUTSIDE[:3])
        elif kind == 'bare':
            server = f'noglue.{cut}'
        else:
            server = cut
            zone.add(server, 'A', DATA['A'](r, ''))
        zone.add(cut, 'NS', server)

    def large(self, zone):
        r = zone.random
        owner = zone.name('large')
        if not zone.free(owner):
            return
        for i in range(r.randint(25, 90)):
            zone.add(owner, 'A', f'198.51.{i // 250}.{i % 250}', 300)
        for i in range(r.randint(8, 40)):
            zone.add(owner, 'TXT', f'"{"t" * r.randint(10, 200)} {i}"', 300)
        cut = zone.name('largecut')
        if zone.free(cut):
            zone.cuts.append(cut)
            for i in range(r.randint(10, 30)):
                server = f'name-server-number-{i}.{cut}'
                zone.add(cut, 'NS', server, 300)
                zone.add(server, 'A', f'203.0.113.{i}', 300)
                zone.add(server, 'AAAA', f'2001:db8:1::{i:x}', 300)
                zone.hidden.append(server)

    def link(self):
        """CNAME and DNAME, when every zone has its names: in the zone, across zones, into nothing."""
        for zone in self.zones:
            if zone.has_apex_dname:
                continue
            r = zone.random
            for i in range(r.choice([0, 0, 1, 1, 2])):
                owner = zone.name(f'dn{i}', *r.choice([(), (), (word(r),)]))
                if zone.free(owner) and not any(o.endswith('.' + owner.lower()) for o in zone.owners):
                    zone.dnames.append(owner)
                    target = self.target(zone, r)
                    if r.random() < 0.15:
                        target = '.'.join(['x' * 60] * 3 + ['y' * 20, zone.origin])
                    if target.lower() == owner.lower():
                        continue
                    zone.add(owner, 'DNAME', target)
                    if r.random() < 0.3:
                        zone.add(owner, 'TXT', '"beside a DNAME"')
            for i in range(r.randint(0, 5)):
                owner = zone.case(zone.name(f'c{i}', *r.choice([(), (), (word(r),)])))
                if zone.free(owner):
                    zone.cnames.append(owner)
                    zone.add(owner, 'CNAME', self.target(zone, r))
            if r.random() < 0.2:  # a chain, and sometimes a loop
                n = r.choice([2, 3, 5, 7])
                if all(zone.free(zone.name(f'chain{i}')) for i in range(n)):
                    for i in range(n):
                        last = zone.name('chain0') if r.random() < 0.4 else self.target(zone, r)
                        zone.cnames.append(zone.name(f'chain{i}'))
                        zone.add(zone.name(f'chain{i}'), 'CNAME', zone.name(f'chain{i + 1}') if i + 1 < n else last)
        loop = [zone for zone in self.zones if not zone.has_apex_dname]
        for a, b in zip(loop[::9], loop[1::9]):  # a loop across two zones
            if a.free(a.name('turn')) and b.free(b.name('turn')):
                a.add(a.name('turn'), 'CNAME', b.name('turn'))
                b.add(b.name('turn'), 'CNAME', a.name('turn'))
                a.cnames.append(a.name('turn'))
                b.cnames.append(b.name('turn'))

    def target(self, zone, r):
        chance = r.random()
        other = r.choice(self.zones) if chance < 0.3 else zone
        if chance > 0.92:
            return r.choice(OUTSIDE)
        kind = r.random()
        if kind < 0.12 and other.cuts:
            return r.choice(['', 'below.']) + r.choice(other.cuts)
        if kind < 0.22 and other.dnames:
            return 'under.' + r.choice(other.dnames)
        if kind < 0.32 and other.cnames:
            return r.choice(other.cnames)
        if kind < 0.42 and other.wildcards:
            return 'over.' + r.choice(other.wildcards)[2:]
        return other.some_name()

    def write(self, directory):
        """Writes and signs; gives back {zone name without the final dot: path}."""
        os.makedirs(directory, exist_ok=True)
        signer = Signer(directory)
        depth = lambda zone: zone.origin.count('.')
        done = {}
        for level in sorted({depth(zone) for zone in self.zones}, reverse=True):  # children first
            batch = [zone for zone in self.zones if depth(zone) == level]
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
                for zone, path, ds in pool.map(signer.make, batch):
                    done[zone.origin[:-1]] = path
                    zone.ds = ds
            for zone in self.zones:
                for child in zone.children:
                    if child in batch and child.ds and zone.random.random() < 0.8:
                        for line in child.ds:
                            zone.add(child.origin, 'DS', line, 3600)
        return done


class Signer:
    """Writes zone files and signs them; remembers the algorithm's parameters for the tools."""

    BIND = {8: ['RSASHA256', '-b', '2048'], 13: ['ECDSAP256SHA256'], 15: ['ED25519']}
    KNOT = {8: 'rsasha256', 13: 'ecdsap256sha256', 15: 'ed25519'}

    def __init__(self, directory):
        self.directory = str(directory)

    def make(self, zone):
        """(zone, path of the file to serve, DS data for the parent)"""
        stem = re.sub(r'[^a-z0-9.-]', '_', zone.origin[:-1].lower())
        path = os.path.join(self.directory, stem + '.zone')
        with open(path, 'w') as out:
            out.write(zone.text())
        if zone.signing is None:
            return zone, path, []
        make = self.bind if zone.signing['tool'] == 'bind' else self.knot
        return (zone,) + make(zone, path, stem)

    def bind(self, zone, path, stem):
        how = zone.signing
        keys = os.path.join(self.directory, stem + '.keys')
        os.makedirs(keys, exist_ok=True)
        keygen, sign = harness.tool('dnssec-keygen'), harness.tool('dnssec-signzone')
        single = zone.random.random() < 0.5
        for more in ([['-f', 'KSK']] if single else [['-f', 'KSK'], []]):
            harness.run(keygen, '-q', '-K', keys, '-a', *self.BIND[how['algorithm']], *more, zone.origin)
        command = [sign, '-q', '-P', '-S', '-K', keys, '-d', keys, '-o', zone.origin, '-f', path + '.signed', '-N', 'keep']
        if single:
            command.append('-z')
        if how['nsec3']:
            command += ['-3', how['salt'] or '-', '-H', str(how['iterations'])] + (['-A'] if how['optout'] else [])
        harness.run(*command, path)
        with open(glob.glob(os.path.join(glob.escape(keys), 'dsset-*'))[0]) as lines:
            ds = [line.split('DS', 1)[1].strip() for line in lines]
        return path + '.signed', ds

    def knot(self, zone, path, stem):
        how = zone.signing
        home = os.path.join(self.directory, stem + '.knot')
        os.makedirs(home, exist_ok=True)
        config = os.path.join(home, 'knot.conf')
        with open(config, 'w') as out:
            out.write(f'''server:
    rundir: "{home}"
database:
    storage: "{home}"
    kasp-db-max-size: 10M
    journal-db-max-size: 10M
    timer-db-max-size: 10M
policy:
  - id: p
    algorithm: {self.KNOT[how['algorithm']]}
    single-type-signing: {'on' if zone.random.random() < 0.5 else 'off'}
    nsec3: {'on' if how['nsec3'] else 'off'}
    nsec3-iterations: {how['iterations']}
    nsec3-opt-out: {'on' if how['optout'] else 'off'}
    nsec3-salt-length: {len(how['salt']) // 2}
    cds-cdnskey-publish: {zone.random.choice(['none', 'always'])}
zone:
  - domain: "{zone.origin}"
    file: "{path}"
    storage: "{home}"
    dnssec-signing: on
    dnssec-policy: p
    semantic-checks: off
''')
        os.makedirs(os.path.join(home, 'out'), exist_ok=True)
        harness.run(harness.tool('kzonesign'), '-c', config, '-o', os.path.join(home, 'out'), zone.origin)
        signed = glob.glob(os.path.join(glob.escape(home), 'out', '*'))[0]
        lines = harness.run(harness.tool('keymgr'), '-c', config, zone.origin, 'ds').splitlines()
        ds = [line.split(' DS ', 1)[1].strip() for line in lines if ' DS ' in line]
        return signed, ds[-1:]

"""Unbound, as Debian ships it, validates what kotaed answers: every class of answer.

A validator is the strictest reader of proofs: an NSEC that is missing or the wrong one turns
the answer into SERVFAIL.
"""
import gzip
import random
import re

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

import harness
import zonegen

HEAD = '''{o} 300 IN SOA ns1.{o} hostmaster.{o} 1 7200 900 1209600 60
{o} 300 IN NS ns1.{o}
ns1.{o} 300 IN A 127.0.0.1
'''
BODY = HEAD + '''
www.{o} 300 IN A 192.0.2.1
www.{o} 300 IN TXT "text"
a.b.ent.{o} 300 IN A 192.0.2.2
*.wild.{o} 300 IN A 192.0.2.3
*.wildalias.{o} 300 IN CNAME www.{o}
*.wildgone.{o} 300 IN CNAME nothing.{o}
deep.*.starry.{o} 300 IN A 192.0.2.4
alias.{o} 300 IN CNAME www.{o}
chain.{o} 300 IN CNAME alias.{o}
alias-gone.{o} 300 IN CNAME nothing.{o}
alias-nodata.{o} 300 IN CNAME a.b.ent.{o}
alias-wild.{o} 300 IN CNAME x.wild.{o}
tree.{o} 300 IN DNAME ent.{o}
branch.{o} 300 IN DNAME wild.{o}
UPPER.{o} 300 IN MX 10 WWW.{o}
'''
SECURE, INSECURE, EITHER = 'secure', 'insecure', 'secure or opted out'

# name below the origin, type, rcode, number of answers, how Unbound must see it
CASES = [
    ('', 'SOA', 'NOERROR', 1, SECURE),
    ('', 'NS', 'NOERROR', 1, SECURE),
    ('', 'DNSKEY', 'NOERROR', 1, SECURE),
    ('', 'TXT', 'NOERROR', 0, SECURE),
    ('www.', 'A', 'NOERROR', 1, SECURE),
    ('wWw.', 'tXt'.upper(), 'NOERROR', 1, SECURE),
    ('upper.', 'MX', 'NOERROR', 1, SECURE),
    ('www.', 'AAAA', 'NOERROR', 0, SECURE),
    ('nothing.', 'A', 'NXDOMAIN', 0, EITHER),
    ('below.www.', 'A', 'NXDOMAIN', 0, EITHER),
    ('far.below.www.', 'A', 'NXDOMAIN', 0, EITHER),
    ('\\000.', 'A', 'NXDOMAIN', 0, EITHER),
    ('\\255\\255.', 'A', 'NXDOMAIN', 0, EITHER),
    ('ent.', 'A', 'NOERROR', 0, SECURE),
    ('b.ent.', 'A', 'NOERROR', 0, SECURE),
    ('a.b.ent.', 'A', 'NOERROR', 1, SECURE),
    ('x.b.ent.', 'A', 'NXDOMAIN', 0, EITHER),
    ('wild.', 'A', 'NOERROR', 0, SECURE),
    ('any.wild.', 'A', 'NOERROR', 1, EITHER),
    ('two.deep.wild.', 'A', 'NOERROR', 1, EITHER),
    ('any.wild.', 'TXT', 'NOERROR', 0, EITHER),
    ('*.wild.', 'A', 'NOERROR', 1, SECURE),
    ('*.wild.', 'TXT', 'NOERROR', 0, SECURE),
    ('any.wildalias.', 'A', 'NOERROR', 2, EITHER),
    ('any.wildgone.', 'A', 'NXDOMAIN', 1, EITHER),
    ('any.starry.', 'A', 'NOERROR', 0, EITHER),
    ('x.any.starry.', 'A', 'NOERROR', 0, EITHER),
    ('deep.*.starry.', 'A', 'NOERROR', 1, SECURE),
    ('alias.', 'A', 'NOERROR', 2, SECURE),
    ('alias.', 'CNAME', 'NOERROR', 1, SECURE),
    ('chain.', 'A', 'NOERROR', 3, SECURE),
    ('alias-gone.', 'A', 'NXDOMAIN', 1, EITHER),
    ('alias-nodata.', 'TXT', 'NOERROR', 1, SECURE),
    ('alias-wild.', 'A', 'NOERROR', 2, EITHER),
    ('a.b.tree.', 'A', 'NOERROR', 3, SECURE),
    ('x.b.tree.', 'A', 'NXDOMAIN', 2, EITHER),
    ('b.tree.', 'A', 'NOERROR', 2, SECURE),
    ('tree.', 'DNAME', 'NOERROR', 1, SECURE),
    ('tree.', 'A', 'NOERROR', 0, SECURE),
    ('x.branch.', 'A', 'NOERROR', 3, EITHER),
    ('secure.', 'DS', 'NOERROR', 1, SECURE),
    ('secure.', 'SOA', 'NOERROR', 1, SECURE),
    ('www.secure.', 'A', 'NOERROR', 1, SECURE),
    ('nothing.secure.', 'A', 'NXDOMAIN', 0, EITHER),
    ('open.', 'DS', 'NOERROR', 0, EITHER),
    ('www.open.', 'A', 'NOERROR', 1, INSECURE),
    ('nothing.open.', 'A', 'NXDOMAIN', 0, INSECURE),
    ('open.ent2.', 'DS', 'NOERROR', 0, EITHER),
    ('www.open.ent2.', 'A', 'NOERROR', 1, INSECURE),
    ('ent2.', 'A', 'NOERROR', 0, EITHER),
    ('nothing.ent2.', 'A', 'NXDOMAIN', 0, EITHER),
]

WAYS = {
    'nsec-bind': dict(tool='bind', nsec3=False),
    'nsec-knot': dict(tool='knot', nsec3=False),
    'nsec3-bind': dict(tool='bind', nsec3=True),
    'nsec3-knot': dict(tool='knot', nsec3=True, salt='aabb', iterations=5),
    'optout-bind': dict(tool='bind', nsec3=True, optout=True),
    'optout-knot': dict(tool='knot', nsec3=True, optout=True),
}


class Plain(zonegen.Zone):
    """A zone from its text."""

    def __init__(self, origin, text, signing=None):
        super().__init__(origin, 1)
        self.lines, self.signing = text, signing

    def text(self):
        return self.lines


def family(signer, way, algorithm):
    """The zones of one way of signing: {name: path}, and the anchor of the top one."""
    signing = dict(algorithm=algorithm, salt='', iterations=0, optout=False)
    signing.update(WAYS[way])
    origin = f'{way}-{algorithm}.test.'
    zones, below = {}, ''
    for child, signed in (('secure', signing), ('open', None), ('open.ent2', None)):
        name = f'{child}.{origin}'
        _, path, ds = signer.make(Plain(name, HEAD.format(o=name) + f'www.{name} 60 IN A 192.0.2.7\n', signed))
        zones[name[:-1]] = path
        below += f'{name} 300 IN NS ns1.{name}\nns1.{name} 300 IN A 127.0.0.1\n'
        below += ''.join(f'{name} 300 IN DS {line}\n' for line in ds)
    _, path, ds = signer.make(Plain(origin, BODY.format(o=origin) + below, signing))
    zones[origin[:-1]] = path
    return origin, zones, [f'{origin} IN DS {line}' for line in ds]


@pytest.fixture(scope='module')
def resolver(tmp_path_factory):
    """Unbound in front of kotaed that serves all families."""
    directory = tmp_path_factory.mktemp('validation')
    signer = zonegen.Signer(directory)
    zones, anchors = {}, []
    for way in WAYS:
        for algorithm in (8, 13, 15):
            _, more, anchor = family(signer, way, algorithm)
            zones.update(more)
            anchors += anchor
    # One whose signatures are of other data: the validator must see that.
    signing = dict(tool='bind', algorithm=13, nsec3=False, optout=False, salt='', iterations=0)
    _, path, ds = signer.make(Plain('forged.test.', BODY.format(o='forged.test.'), signing))
    with open(path) as text:
        forged = text.read().replace('192.0.2.1', '192.0.2.99')
    with open(path, 'w') as out:
        out.write(forged)
    zones['forged.test'] = path
    anchors += [f'forged.test. IN DS {line}' for line in ds]
    with harness.SUBJECT(directory, zones) as server:
        stubs = {name: (server.address, server.port) for name in zones}
        with harness.Unbound(directory, stubs, anchors=anchors) as unbound:
            yield unbound


def ask(resolver, name, rdtype):
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    query.flags |= dns.flags.AD
    reply = resolver.udp(query, timeout=10)
    return resolver.tcp(query, timeout=10) if reply.flags & dns.flags.TC else reply


def judge(resolver, name, rdtype, rcode, n_answers, sight):
    """What is wrong with Unbound's view of one answer, or None."""
    reply = ask(resolver, name, rdtype)
    found = dns.rcode.to_text(reply.rcode())
    answers = [rrset for rrset in reply.answer if rrset.rdtype != dns.rdatatype.RRSIG]
    secure = bool(reply.flags & dns.flags.AD)
    if found != rcode:
        return f'{name} {rdtype}: {found}, expected {rcode}'
    if len(answers) != n_answers:
        return f'{name} {rdtype}: {len(answers)} answers, expected {n_answers}: {answers}'
    if (sight == SECURE and not secure) or (sight == INSECURE and secure):
        return f'{name} {rdtype}: secure is {secure}, expected {sight}'
    return None


@pytest.mark.parametrize('algorithm', [8, 13, 15])
@pytest.mark.parametrize('way', WAYS)
def test_every_class_of_answer_validates(resolver, way, algorithm):
    wrong = []
    for label, rdtype, rcode, n_answers, sight in CASES:
        if sight == EITHER and not WAYS[way].get('optout'):
            sight = SECURE  # RFC 5155 s.9.2: only a span that opts out takes the AD bit away
        found = judge(resolver, f'{label}{way}-{algorithm}.test.', rdtype, rcode, n_answers, sight)
        if found:
            wrong.append(found)
    assert not wrong, '\n'.join(wrong + resolver.log().splitlines()[-40:])


def test_a_forged_answer_does_not_validate(resolver):
    assert ask(resolver, 'www.forged.test.', 'A').rcode() == dns.rcode.SERVFAIL
    assert ask(resolver, 'www.forged.test.', 'TXT').flags & dns.flags.AD


@pytest.fixture(scope='module')
def root_2017(tmp_path_factory):
    """The root zone of 2017-08-21: its lines, and Unbound in front of kotaed that serves it."""
    packed = harness.data('root-2017082100.zone.gz')
    directory = tmp_path_factory.mktemp('root')
    with gzip.open(packed, 'rt') as text:
        lines = text.read().splitlines()
    path = directory / 'root.zone'
    path.write_text('\n'.join(lines) + '\n')
    anchors = [line for line in lines if re.match(r'^\.\s.*\sDNSKEY\s+257\s', line)]
    assert len(anchors) == 2  # 19036 of 2010 and 20326 of 2017
    with harness.SUBJECT(directory, {'.': path}) as server:
        with harness.Unbound(directory, {'.': (server.address, server.port)}, anchors=anchors,
                             now='20170822000000') as unbound:
            yield lines, unbound


def test_the_root_zone_of_2017_validates(root_2017):
    lines, resolver = root_2017
    tlds, signed = set(), set()
    for line in lines:
        fields = line.split()
        if len(fields) > 4 and fields[0] != '.':
            if fields[3] == 'NS':
                tlds.add(fields[0].lower())
            elif fields[3] == 'DS':
                signed.add(fields[0].lower())
    assert len(tlds) > 1500
    wrong = [judge(resolver, '.', rdtype, 'NOERROR', n, SECURE)
             for rdtype, n in (('SOA', 1), ('NS', 1), ('DNSKEY', 1), ('A', 0), ('TXT', 0), ('DS', 0), ('NSEC', 1))]
    r = random.Random(2017)
    chosen = sorted(tlds) if harness.FULL else r.sample(sorted(tlds), 200)
    for tld in chosen:
        wrong.append(judge(resolver, tld, 'DS', 'NOERROR', int(tld in signed), SECURE))
    for _ in range(1000 if harness.FULL else 150):
        name = ''.join(r.choice('abcdefghijklmnopqrstuvwxyz0123456789-\x00\xff') for _ in range(r.randint(1, 12)))
        name = ''.join(c if c.isalnum() or c == '-' else f'\\{ord(c):03d}' for c in name) + '.'
        name = r.choice(['', 'www.', 'a.b.']) + name
        if name.split('.')[-2] + '.' not in tlds:
            wrong.append(judge(resolver, name, r.choice(['A', 'DS', 'NS', 'TXT']), 'NXDOMAIN', 0, SECURE))
    wrong = [one for one in wrong if one]
    assert not wrong, '\n'.join(wrong[:40] + resolver.log().splitlines()[-20:])

"""The checks of zones beside those of BIND and ldns: signed zones, whole and broken at random.

Each zone is signed by dnssec-signzone and then broken: a record goes, comes, changes or
moves.  When dnssec-verify or named-checkzone refuses what is left, our checks must find an
error in it, and where both accept it, none.  RULES lists the cases in which we differ on
purpose.  KOTAE_TEST_SEED makes other zones.
"""
import gzip
import json
import os
import random
import re
import subprocess

import pytest

import harness

SEED = int(os.environ.get('KOTAE_TEST_SEED', '20261122'))
N_BROKEN = 150 if harness.FULL else 25
ZONE = 'example'

ALGORITHMS = {'rsa': ('RSASHA256', '-b2048'), 'p256': ('ECDSAP256SHA256',), 'ed25519': ('ED25519',)}
DENIALS = {'nsec': [], 'nsec3': ['-3', 'aabb', '-H', '2'], 'optout': ['-3', '-', '-H', '0', '-A']}


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, **more)


def random_zone(r):
    """Names of every kind that signing treats apart."""
    lines = ['$TTL 300', '@ SOA ns admin 1 3600 900 86400 300', '@ NS ns', 'ns A 192.0.2.1', '@ MX 10 mail',
             'mail A 192.0.2.2', 'mail AAAA 2001:db8::2', 'a.b.c TXT "under empty names"', '* TXT "wild"']
    for i in range(r.randint(3, 12)):
        label = f'n{i}'
        lines += r.choice([
            [f'{label} A 192.0.2.{i + 10}', f'{label} TXT "x{i}"'],
            [f'{label} NS ns.{label}', f'ns.{label} A 192.0.2.9'],
            [f'{label} NS ns.test.', f'{label} DS 1 8 2 {i:064x}'],
            [f'x.y.{label} NS ns.test.'],
            [f'x.y.{label} NS ns.test.', f'x.y.{label} DS 1 8 2 {i:064x}'],
            [f'{label} CNAME mail'],
            [f'{label} DNAME other.test.'],
            [f'*.{label} A 192.0.2.3'],
            [f'deep.er.{label} A 192.0.2.4', f'deep.er.{label} SSHFP 1 1 {i:040x}'],
        ])
    return '\n'.join(lines) + '\n'


@pytest.fixture(scope='module', params=sorted(ALGORITHMS))
def keys(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp('keys')
    for flags in ([], ['-f', 'KSK']):
        made = run(harness.tool('dnssec-keygen'), '-q', '-a', *ALGORITHMS[request.param], *flags, '-n', 'ZONE', ZONE,
                   cwd=directory)
        assert made.returncode == 0, made.stdout
    return directory


def sign(r, keys, denial, path):
    """The signed zone as a list of records, one a line."""
    path.write_text(random_zone(r))
    made = run(harness.tool('dnssec-signzone'), '-q', '-S', '-P', '-K', str(keys), '-o', ZONE, '-O', 'full',
               *DENIALS[denial], '-f', str(path) + '.signed', str(path), cwd=keys)
    assert made.returncode == 0, made.stdout
    lines = (path.parent / (path.name + '.signed')).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(';')]


def fields(line):
    owner, ttl, _, rtype, rdata = line.split(None, 4)
    return owner, ttl, rtype, rdata


def spoil_base64(r, text):
    at = r.randrange(len(text) - 8)
    return text[:at] + r.choice([c for c in 'ABCDEFGHabcdefgh01234567' if c != text[at]]) + text[at + 1:]


def change(r, line):
    """The same record with other rdata."""
    owner, ttl, rtype, rdata = fields(line)
    if rtype == 'RRSIG':
        parts = rdata.split(None, 8)
        parts[8] = spoil_base64(r, parts[8].replace(' ', ''))
        rdata = ' '.join(parts)
    elif rtype in ('NSEC', 'NSEC3'):
        rdata = r.choice([rdata + ' LOC', re.sub(r' (A|NS|TXT|RRSIG)\b', '', rdata, count=1)])
    elif rtype == 'A':
        rdata = '192.0.2.' + str(r.randint(100, 200))
    elif rtype == 'TXT':
        rdata = '"changed"'
    elif rtype in ('CNAME', 'DNAME', 'NS'):
        rdata = 'changed.test.'
    elif rtype == 'DS':
        rdata = rdata.replace('1 8 2', '2 8 2', 1)
    return f'{owner} {ttl} IN {rtype} {rdata}'


def break_it(r, lines):
    """One to three changes; what they were."""
    lines, told = list(lines), []
    for _ in range(r.choice([1, 1, 1, 2, 3])):
        at = r.randrange(len(lines))
        owner, ttl, rtype, rdata = fields(lines[at])
        what = r.choice(['remove', 'remove', 'change', 'change', 'rename', 'add'])
        if what == 'remove':
            told.append('remove ' + lines.pop(at)[:70])
        elif what == 'change':
            told.append('change ' + lines[at][:70])
            lines[at] = change(r, lines[at])
        elif what == 'rename' and rtype not in ('SOA', 'RRSIG'):
            told.append('rename ' + lines[at][:70])
            lines[at] = f'z-{r.randint(0, 99)}.{ZONE}. {ttl} IN {rtype} {rdata}'
        elif what == 'add':
            new = r.choice([f'new.{ZONE}. 300 IN A 192.0.2.7', f'{owner} 300 IN TXT "new"',
                            f'sub.new.{ZONE}. 300 IN NS ns.test.', f'{owner} 300 IN CNAME other.test.'])
            told.append('add ' + new)
            lines.append(new)
    return lines, told


def ours(path, *more, zone=ZONE):
    """Is it accepted, and the findings, one a line; errors of reading the file among them."""
    made = subprocess.run([harness.build('kotae'), 'zone', 'check', '--json', zone, str(path), *more],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    # 0: clean, 1: errors, 2: warnings
    assert made.returncode in (0, 1, 2) and made.stdout, made.stderr
    told = json.loads(made.stdout)
    findings = (told.get('result') or {}).get('findings', [])
    lines = [f'{f["grade"]} {f["word"]} {f["owner"]} {f["type"]} {f["text"]}' for f in findings]
    lines += [f'file: {e}' for e in told['errors']]
    return made.returncode != 1, '\n'.join(lines)


def bind(path):
    verify = run(harness.tool('dnssec-verify'), '-q', '-o', ZONE, str(path))
    check = run(harness.tool('named-checkzone'), '-i', 'local', ZONE, str(path))
    assert verify.returncode in (0, 1) and check.returncode in (0, 1), verify.stdout + check.stdout
    return verify.returncode == 0 and check.returncode == 0, verify.stdout + check.stdout


# (what one of the two says, why the other may say something else)
RULES = [
    ('warning dnskey-without-sep', 'No self-signed KSK DNSKEY found',
     'the SEP flag means nothing to validators (RFC 4034 s.2.1.1)'),
]


def is_excused(we_say, they_say):
    return any(re.search(ours_re, we_say) and re.search(theirs_re, they_say) for ours_re, theirs_re, _ in RULES)


@pytest.mark.parametrize('denial', sorted(DENIALS))
def test_broken_zones_are_told_from_whole_ones(keys, denial, tmp_path):
    r = random.Random(f'{SEED} {denial}')
    path = tmp_path / 'zone'
    wrong, refused = [], 0
    lines = sign(r, keys, denial, path)
    for i in range(N_BROKEN):
        if i % 10 == 0:
            lines = sign(r, keys, denial, path)
        # Every tenth stays whole.
        broken, told = (lines, ['whole']) if i % 10 == 0 else break_it(r, lines)
        path.write_text('\n'.join(broken) + '\n')
        (we_accept, we_say), (they_accept, they_say) = ours(path), bind(path)
        refused += not they_accept
        if i % 10 == 0:
            assert we_say == '', we_say
        if we_accept != they_accept and not is_excused(we_say, they_say):
            kept = tmp_path / f'wrong{len(wrong)}'
            path.rename(kept)
            wrong.append(f'{kept}\n  {told}\n  ours: {we_say}\n  BIND: {they_say}')
    assert not wrong, f'{len(wrong)} of {N_BROKEN}\n' + '\n'.join(wrong)
    assert refused > N_BROKEN / 3


@pytest.mark.parametrize('denial', [[], ['-n'], ['-n', '-p', '-s', 'aabb', '-t', '1']])
def test_the_digest_of_a_zone_is_that_of_ldns(keys, denial, tmp_path):
    r = random.Random(f'{SEED} {denial}')
    path, signed = tmp_path / 'zone', tmp_path / 'signed'
    names = sorted(os.path.splitext(f.name)[0] for f in keys.glob('*.private'))
    for _ in range(10 if harness.FULL else 3):
        path.write_text(f'$ORIGIN {ZONE}.\n' + random_zone(r))
        made = run(harness.tool('ldns-signzone'), '-z', 'simple:sha384', '-z', 'simple:sha512', *denial, '-o', ZONE,
                   '-f', str(signed), str(path), *names, cwd=keys)
        assert made.returncode == 0, made.stdout
        text = signed.read_text()
        assert text.count('\tZONEMD\t') == 2
        accepted, found = ours(signed)
        assert accepted and 'zonemd' not in found, found
        # Both digests are verified: one alone would make the finding a warning.
        signed.write_text(text.replace('192.0.2.2', '192.0.2.22'))
        assert 'error zonemd-mismatch' in ours(signed)[1]


def test_the_root_zone_has_no_findings_in_its_time(tmp_path):
    path = tmp_path / 'root'
    with gzip.open(harness.data('root-2017082100.zone.gz')) as packed:
        path.write_bytes(packed.read())
    assert ours(path, '--at', '20170821120000', zone='.') == (True, '')
    # Its signatures were valid for ten to twenty days.
    accepted, found = ours(path, '--at', '20171021120000', zone='.')
    assert accepted and {line.split()[1] for line in found.splitlines()} == {'rrsig-expired'}

"""Signed zones with steered names, judged by the validators of others.

Zones are signed by BIND, by ldns and by Knot, loaded with names steered (tests/lib/steered_tool.c, and the daemon by
transfer), and what comes out goes to dnssec-verify, ldns-verify-zone and kzonecheck.  KOTAE_TEST_SEED makes other zones.
"""
import os
import random
import re

import dns.query
import dns.zone
import pytest

import harness
from test_check_oracle import DENIALS, ZONE, random_zone, run

SEED = int(os.environ.get('KOTAE_TEST_SEED', '20261122'))
N_ZONES = 12 if harness.FULL else 3
ALGORITHMS = {'p256': 'ECDSAP256SHA256', 'ed25519': 'ED25519'}
TOOL = os.path.join(harness.BUILD, 'tests', 'unit', 'zone', 'steered-tool')


@pytest.fixture(scope='module', params=sorted(ALGORITHMS))
def keys(request, tmp_path_factory):
    """A directory with a zone signing key and a key signing key, and their names in that order."""
    directory = tmp_path_factory.mktemp('keys')
    names = []
    for flags in ([], ['-f', 'KSK']):
        made = run(harness.tool('dnssec-keygen'), '-q', '-a', ALGORITHMS[request.param], *flags, '-n', 'ZONE', ZONE, cwd=directory)
        assert made.returncode == 0, made.stdout
        names.append(made.stdout.split()[-1])
    return directory, names


# Each signs path to path.signed, and returns the files of its keys.

def by_bind(path, keys, denial):
    made = run(harness.tool('dnssec-signzone'), '-q', '-S', '-P', '-K', str(keys[0]), '-o', ZONE, '-O', 'full',
               *DENIALS[denial], '-f', f'{path}.signed', str(path), cwd=keys[0])
    assert made.returncode == 0, made.stdout
    return [keys[0] / keys[1][0]]


def by_ldns(path, keys, denial):
    more = {'nsec': [], 'nsec3': ['-n', '-t', '2', '-s', 'aabb'], 'optout': ['-n', '-p']}[denial]
    made = run(harness.tool('ldns-signzone'), *more, '-o', ZONE + '.', '-f', f'{path}.signed', str(path), *keys[1], cwd=keys[0])
    assert made.returncode == 0, made.stdout
    return [keys[0] / f'{name}.key' for name in keys[1]]


def by_knot(path, keys, denial):
    """Knot makes its own keys, in PEM."""
    algorithm = {'013': 'ecdsap256sha256', '015': 'ed25519'}[re.search(r'\+(\d{3})\+', keys[1][0])[1]]
    home = path.parent / 'knot'
    home.mkdir(exist_ok=True)
    (home / 'knot.conf').write_text(f'''
database:
  storage: {home}
policy:
  - id: p
    algorithm: {algorithm}
    nsec3: {'off' if denial == 'nsec' else 'on'}
    nsec3-iterations: {2 if denial == 'nsec3' else 0}
    nsec3-opt-out: {'on' if denial == 'optout' else 'off'}
zone:
  - domain: {ZONE}
    file: {path}
    dnssec-signing: on
    dnssec-policy: p
''')
    made = run(harness.tool('kzonesign'), '-c', str(home / 'knot.conf'), '-o', str(home / 'out'), ZONE)
    assert made.returncode == 0, made.stdout
    os.replace(home / 'out' / path.name, f'{path}.signed')
    return sorted(home.rglob('*.pem'))


SIGNERS = {'bind': by_bind, 'ldns': by_ldns, 'knot': by_knot}


def names_to_steer(r, text):
    """Names of all kinds that may be steered, none twice: apex, wildcards, names that are there and that are not."""
    cut = {line.split()[0] for line in text.splitlines() if line.split()[1] in ('NS', 'DNAME') and line[0] != '@'}
    taken = {line.split()[0] for line in text.splitlines() if line[0] not in '$@'}
    there = sorted(n for n in taken if not any(n == c or n.endswith('.' + c) for c in cut) and n not in ('ns',))
    names = r.sample(there, min(len(there), 3)) + r.sample(['', 'new', 'new2', '*.new', 'b.c', 'c', 'b', 'x.b.c', 'q.r.s', 'r.s', '0', 'zz',
                                                            'deep.er', '*', 'a.a.a.a', 'y.mail', '*.mail'], 6)
    names += ['=' + n for n in r.sample(['alias', 'alias.new', 'z.z', 'al.ias'], 2)]
    return [f'{n}.{ZONE}' if n.strip('=') else ZONE for n in dict.fromkeys(names)]


def judge(path, optout):
    """What others find wrong with a signed zone; nothing when it is right."""
    verify = run(harness.tool('dnssec-verify'), '-q', '-o', ZONE, str(path))
    told = [f'dnssec-verify: {verify.stdout}'] if verify.returncode else []
    knot = run(harness.tool('kzonecheck'), '-o', ZONE, '-d', 'on', str(path))
    told += [f'kzonecheck: {knot.stdout}'] if knot.returncode else []
    # "it will error on opted-out delegations", says its manual
    ldns = run(harness.tool('ldns-verify-zone'), str(path)) if not optout else None
    told += [f'ldns-verify-zone: {ldns.stdout}'] if ldns and ldns.returncode else []
    ours = run(harness.build('kotae'), 'zone', 'check', ZONE, str(path))
    told += [f'kotae: {ours.stdout}'] if ours.returncode not in (0, 2) else []
    return '\n'.join(told)


def steer(path, files, names):
    made = run(TOOL, ZONE, f'{path}.signed', *[a for f in files for a in ('-k', str(f))], *names)
    lines = [line for line in made.stdout.splitlines() if '\tIN\t' in line]
    assert made.returncode == 0, made.stdout
    out = path.parent / (path.name + '.steered')
    out.write_text('\n'.join(lines) + '\n')
    return out, lines


@pytest.mark.parametrize('denial', sorted(DENIALS))
@pytest.mark.parametrize('signer', sorted(SIGNERS))
def test_validators_accept_signed_zones_with_steered_names(keys, signer, denial, tmp_path):
    for i in range(N_ZONES):
        r = random.Random(f'{SEED} {signer} {denial} {i}')
        path = tmp_path / f'zone{i}'
        text = random_zone(r)
        path.write_text(text)
        files = SIGNERS[signer](path, keys, denial)
        assert not judge(f'{path}.signed', denial == 'optout'), 'before'
        names = names_to_steer(r, text)
        out, lines = steer(path, files, names)
        assert not judge(out, denial == 'optout'), (names, text)
        for name in names:
            want = 'CNAME' if name[0] == '=' else 'A'
            owner = re.escape(name.lstrip('='))
            assert any(re.match(rf'{owner}\.\t30\tIN\t{want}\t', line) for line in lines), name
            assert any(re.match(rf'{owner}\.\t30\tIN\tRRSIG\t{want} ', line) for line in lines), name


@pytest.mark.parametrize('denial', sorted(DENIALS))
def test_the_validators_see_what_a_wrong_chain_is(keys, denial, tmp_path):
    """The same zones with a link taken away: the judges of this file can refuse."""
    r = random.Random(f'{SEED} {denial}')
    path = tmp_path / 'zone'
    path.write_text(random_zone(r))
    out, lines = steer(path, by_bind(path, keys, denial), [f'new.{ZONE}', f'c.b.{ZONE}'])
    links = [line for line in lines if re.search(r'\tIN\tNSEC3?\t', line)]
    gone = r.choice(links)
    out.write_text('\n'.join(line for line in lines if line != gone) + '\n')
    assert judge(out, denial == 'optout')


def transferred(server, path):
    """The zone as a secondary gets it, written to a file."""
    zone = dns.zone.from_xfr(dns.query.xfr(server.address, ZONE, port=server.port, relativize=False, timeout=10), relativize=False)
    path.write_text(zone.to_text(relativize=False))
    return zone


@pytest.mark.parametrize('denial', sorted(DENIALS))
def test_validators_accept_what_the_daemon_transfers(keys, denial, tmp_path):
    r = random.Random(f'{SEED} daemon {denial}')
    path = tmp_path / 'zone'
    text = random_zone(r)
    path.write_text(text)
    files = by_bind(path, keys, denial)
    names = [name for name in names_to_steer(r, text) if name[0] != '=']
    service = {'map': 'm', 'regions': {'r': ['p']}, 'ttl': '30s'}
    steering = {'maps': {'m': {'default': 'r'}}, 'services': {name: service for name in names},
                'pools': {'p': {'members': [{'address': '198.51.100.1'}, {'address': '2001:db8::9'}]}}}
    config = {'steering': steering, 'zones': {ZONE: {'file': f'{path}.signed', 'key-files': [str(f) for f in files],
                                                     'transfer-to': ['127.0.0.0/8']}}}
    with harness.Kotae(tmp_path / 'kotaed', {}, config=config) as server:
        zone = transferred(server, tmp_path / 'transferred')
    assert not judge(tmp_path / 'transferred', denial == 'optout'), (names, text)
    for name in names:
        assert zone.find_rdataset(name + '.', 'A').ttl == 30


def test_each_algorithm_of_a_zone_signs_what_is_steered(tmp_path):
    """RFC 4035 s.2.2: with keys of two algorithms every set has signatures of both."""
    files = []
    for algorithm in ALGORITHMS.values():
        for flags in ([], ['-f', 'KSK']):
            made = run(harness.tool('dnssec-keygen'), '-q', '-a', algorithm, *flags, '-n', 'ZONE', ZONE, cwd=tmp_path)
            files.append(tmp_path / made.stdout.split()[-1])
    path = tmp_path / 'zone'
    path.write_text(random_zone(random.Random(SEED)))
    by_bind(path, (tmp_path, [f.name for f in files]), 'nsec3')
    out, lines = steer(path, files, [f'new.{ZONE}'])
    assert not judge(out, False)
    signed_by = [line.split()[5] for line in lines if line.startswith(f'new.{ZONE}.\t30\tIN\tRRSIG\tA ')]
    assert sorted(signed_by) == ['13', '15']

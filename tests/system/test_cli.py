"""kotae: exit statuses, JSON, what is told, against files and against a running kotaed."""
import json
import os
import re
import subprocess

import pytest

from harness import ROOT, Kotae, build, tool

ZONE = """$TTL 1h
@ SOA ns1 hostmaster 7 2h 30m 4w 5m
  NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
"""


def kotae(*arguments, cwd=None, **more):
    return subprocess.run([build('kotae'), *arguments], cwd=cwd, text=True, capture_output=True,
                          timeout=60, stdin=subprocess.DEVNULL, **more)


def ask(*arguments, status=0, **more):
    """A verb with --json: the object, whose members are always there."""
    done = kotae('--json', *arguments, **more)
    assert done.stderr == ''
    reply = json.loads(done.stdout)
    assert set(reply) == {'status', 'result', 'errors', 'errors-total', 'warnings-total'}
    assert reply['status'] == done.returncode == status, reply
    return reply


@pytest.fixture
def place(tmp_path):
    (tmp_path / 'zones').mkdir()
    (tmp_path / 'zones' / 'example.com.zone').write_text(ZONE)
    (tmp_path / 'kotae.yaml').write_text(
        'listen: [{address: 127.0.0.1, port: 5353}]\n'
        'zones: {example.com: {file: zones/example.com.zone}}\n')
    return tmp_path


@pytest.fixture
def server(tmp_path):
    zone = tmp_path / 'example.com.zone'
    zone.write_text(ZONE)
    with Kotae(tmp_path, {'example.com': zone}) as running:
        running.zone_path = zone
        running.at = ['--socket', running.path('control.sock')]
        yield running


# ---- help and words

def test_alone_it_prints_a_short_help():
    done = kotae()
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) < 40
    for verb in verbs():
        assert verb in done.stdout


def verbs():
    """The table of verbs, as the help has it."""
    found = re.findall(r'^  ([a-z]+(?: [a-z]+)?)(?: [A-Z\[].*?)?  ', kotae().stdout, re.M)
    assert len(found) >= 9
    return found


def test_every_verb_has_help():
    for verb in verbs():
        done = kotae(*verb.split(), '--help')
        assert done.returncode == 0 and done.stderr == ''
        assert done.stdout.startswith(f'kotae {verb}')
        assert '--json' in done.stdout


def test_the_version_is_that_of_the_tree():
    version = open(os.path.join(ROOT, 'VERSION')).read().strip()
    assert kotae('--version').stdout == f'kotae {version}\n'


@pytest.mark.parametrize('typed, told', [
    (['stats'], 'kotae: there is no verb "stats"; did you mean "status"?\n'),
    (['zone', 'lits'], 'kotae: there is no verb "zone lits"; did you mean "zone list"?\n'),
    (['zone'], 'kotae: zone what? check list show\n'),
    (['--sokcet', 'x', 'status'], 'kotae: there is no option --sokcet; did you mean --socket?\n'),
    (['-c'], 'kotae: --config needs FILE\n'),
    (['--json=yes', 'status'], 'kotae: --json takes no argument\n'),
    (['status', '--print'], 'kotae: status has no option --print\n'),
    (['zone', 'show'], 'kotae: expected: kotae zone show NAME\n'),
    (['status', 'now'], 'kotae: expected: kotae status\n'),
])
def test_a_wrong_word_is_an_error_with_a_hint(typed, told):
    done = kotae(*typed)
    assert (done.returncode, done.stdout, done.stderr) == (1, '', told)


def test_what_cannot_be_written_is_an_error():
    with open('/dev/full', 'w') as full:
        done = subprocess.run([build('kotae'), 'key', 'generate', 'a.example'], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == 'kotae: standard output could not be written\n'


# ---- completion

def options():
    return set(re.findall(r'--([a-z]+)', ''.join(kotae(*v.split(), '--help').stdout for v in verbs())))


@pytest.mark.parametrize('name', ['kotae.bash', '_kotae', 'kotae.fish'])
def test_completion_knows_every_verb_and_option(name):
    text = open(os.path.join(ROOT, 'etc', 'completion', name)).read()
    for word in {w for v in verbs() for w in v.split()} | options():
        assert re.search(rf'\b{word}\b', text), word


def test_completion_of_bash_completes():
    script = os.path.join(ROOT, 'etc', 'completion', 'kotae.bash')

    def complete(*words):
        command = (f'source {script}; COMP_WORDS=({" ".join(words)} ""); '
                   f'COMP_CWORD={len(words)}; _kotae; echo "${{COMPREPLY[@]}}"')
        return subprocess.run(['bash', '-c', command], capture_output=True, text=True).stdout.split()

    first = {v.split()[0] for v in verbs()}
    assert set(complete('kotae')) == first
    for group in ('zone', 'config', 'key'):
        assert set(complete('kotae', group)) == {v.split()[1] for v in verbs() if v.startswith(group + ' ')}
    assert set(complete('kotae', '-c', 'zone')) == first


# ---- the manual

def test_the_manual_has_every_verb_and_option():
    text = open(os.path.join(ROOT, 'docs', 'man', 'kotae.1')).read()
    for verb in verbs():
        assert re.search(rf'^\.It Cm {verb}\b', text, re.M), verb
    for option in options():
        assert f'Fl -{option}' in text or f', -{option}' in text, option


def test_mandoc_finds_nothing_wrong_with_the_manuals():
    mandoc = tool('mandoc')
    for name in ('kotae.1', 'kotaed.8', 'kotae.yaml.5'):
        path = os.path.join(ROOT, 'docs', 'man', name)
        done = subprocess.run([mandoc, '-Tlint', path], capture_output=True, text=True)
        # Pages that are not installed yet cannot be found.
        wrong = [line for line in done.stdout.splitlines() if 'referenced manual not found' not in line]
        assert wrong == []


# ---- check

def test_a_clean_configuration(place):
    done = kotae('check', 'kotae.yaml', cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, 'kotae.yaml: 1 zones, 4 records: 0 errors, 0 warnings\n', '')
    result = ask('check', '-c', 'kotae.yaml', cwd=place)['result']
    assert result == {'config': 'kotae.yaml', 'zones-checked': 1, 'zones-failed': 0, 'records': 4, 'services': 0,
                      'zones': []}


def test_an_error_of_the_configuration_is_shown_in_its_line(place):
    (place / 'kotae.yaml').write_text('listne: []\nzones: {a..b: {file: x}}\n')
    done = kotae('check', 'kotae.yaml', cwd=place)
    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr == (
        'kotae.yaml:1:1: error: unknown option "listne"; did you mean "listen"?\n'
        '    listne: []\n'
        '    ^\n'
        'kotae.yaml:2:9: error: "a..b" is no domain name: bad label in a domain name\n'
        '    zones: {a..b: {file: x}}\n'
        '            ^\n')
    reply = ask('check', 'kotae.yaml', cwd=place, status=1)
    assert reply['errors-total'] == 2
    first = reply['errors'][0]
    assert (first['grade'], first['file'], first['line'], first['column']) == ('error', 'kotae.yaml', 1, 1)
    assert first['source'] == 'listne: []'


def test_a_warning_of_the_configuration_is_a_finding(place):
    (place / 'kotae.yaml').write_text('zones: {example.com: {file: zones/example.com.zone}}\n')
    done = kotae('check', 'kotae.yaml', cwd=place)
    assert done.returncode == 2
    assert 'kotae.yaml: warning: no "listen": nothing will be answered\n' in done.stderr


def test_zones_of_a_directory_are_checked(place):
    (place / 'kotae.yaml').write_text(
        'listen: [{address: 127.0.0.1}]\n'
        'zones: {"*": {directory: zones/}, example.com: {file: zones/example.com.zone}}\n')
    (place / 'zones' / 'example.net.zone').write_text(ZONE + 'bad A 192.0.2.256\n')
    (place / 'zones' / 'README').write_text('no zone')
    done = kotae('check', 'kotae.yaml', cwd=place)
    assert done.returncode == 1
    assert done.stderr.startswith('zones/example.net.zone:6:7: error: ')
    result = ask('check', 'kotae.yaml', cwd=place, status=1)['result']
    assert (result['zones-checked'], result['zones-failed']) == (2, 1)


STEERING = '''listen: [{address: 127.0.0.1}]
zones:
  example.com: {file: zones/example.com.zone}
  2.0.192.in-addr.arpa: {synth: [{prefix: 192.0.2.0/24, pattern: "h-{address}", origin: example.com}]}
steering:
  maps: {world: {networks-file: nets.csv, default: rest}}
  pools: {web: {members: [192.0.2.1]}, names: {members: [a.example.net]}}
  services:
'''


def steer(place, services, networks='198.51.100.0/24,rest\n'):
    (place / 'nets.csv').write_text(networks)
    (place / 'kotae.yaml').write_text(STEERING + services)
    return kotae('check', 'kotae.yaml', cwd=place)


def test_services_are_checked_with_their_zones(place):
    done = steer(place, '    cdn.example.com: {map: world, regions: {rest: web}}\n'
                        '    example.com: {pools: web}\n')
    assert (done.returncode, done.stdout, done.stderr) == (
        0, 'kotae.yaml: 1 zones, 6 records, 2 services: 0 errors, 0 warnings\n', '')
    assert ask('check', 'kotae.yaml', cwd=place)['result']['services'] == 2
    done = steer(place, '    www.example.com: {pools: web}\n')
    assert done.returncode == 2
    assert done.stderr == 'zones/example.com.zone:5: warning: www.example.com. A gives way to the service\n'


def test_a_service_that_no_zone_can_hold_is_an_error_at_its_place(place):
    done = steer(place, '    www.example.org: {pools: web}\n'
                        '    example.com: {pools: names}\n'
                        '    1.2.0.192.in-addr.arpa: {pools: names}\n')
    assert done.returncode == 1
    assert done.stderr == (
        'kotae.yaml:9:5: error: no zone holds the service www.example.org.: add its zone to `zones`\n'
        'kotae.yaml:10:5: error: the service example.com. is at the apex of its zone, where a pool of names '
        'cannot be: a CNAME stands alone\n'
        'kotae.yaml:11:5: error: the service is in a zone without a file: give it one\n')


def test_files_of_a_map_are_read(place):
    done = steer(place, '    cdn.example.com: {map: world, regions: {"*": web}}\n', '198.51.100.1/24,rest\n')
    assert done.returncode == 1
    assert done.stderr.startswith('nets.csv:1:1: error: 198.51.100.1/24: ')


def test_the_manuals_example_of_steering_is_clean(place):
    with open(os.path.join(ROOT, 'docs', 'man', 'kotae.yaml.5')) as page:
        example = re.search(r'example of steering: begin\n\.Bd -literal\n(.*?)\.Ed\n', page.read(), re.S).group(1)
    (place / 'kotae.yaml').write_text(example)
    (place / 'isp.csv').write_text('198.51.100.0/24,kyushu\n')
    (place / 'zones' / 'example.com.zone').write_text(ZONE.replace('www', 'other'))
    done = kotae('check', 'kotae.yaml', cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, 'kotae.yaml: 1 zones, 7 records, 2 services: 0 errors, 0 warnings\n', '')


def test_a_configuration_that_is_not_there(tmp_path):
    done = kotae('check', 'none.yaml', cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == 'none.yaml: error: cannot be read: No such file or directory\n'


def test_what_is_printed_is_clean_and_prints_the_same(place):
    printed = kotae('check', '--print', 'kotae.yaml', cwd=place)
    assert printed.returncode == 0 and printed.stderr == ''
    assert f'file: {place}/zones/example.com.zone\n' in printed.stdout
    elsewhere = place / 'zones' / 'printed.yaml'
    elsewhere.write_text(printed.stdout)
    again = kotae('check', '--print', str(elsewhere), cwd='/')
    assert again.stdout == printed.stdout
    assert ask('check', '--print', 'kotae.yaml', cwd=place)['result']['text'] == printed.stdout


def test_the_demonstration_is_clean():
    done = kotae('check', os.path.join('etc', 'demo', 'kotae.yaml'), cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, '')


# ---- zone check

def test_a_clean_zone(place):
    done = kotae('zone', 'check', 'example.com', 'zones/example.com.zone', cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'example.com. serial 7, 4 records: clean\n', '')


def test_a_finding_is_a_line_or_an_object(place):
    (place / 'x.zone').write_text(ZONE + 'mail CNAME www\n@ MX 10 mail\n')
    done = kotae('zone', 'check', 'example.com', 'x.zone', cwd=place)
    assert done.returncode in (1, 2)
    assert re.search(r'^x\.zone: (warning|error): example\.com\. MX: .* \[mx-to-cname\]$', done.stdout, re.M)
    reply = ask('zone', 'check', 'example.com', 'x.zone', cwd=place, status=done.returncode)
    finding, = reply['result']['findings']
    assert set(finding) == {'grade', 'word', 'owner', 'type', 'text'}
    assert (finding['word'], finding['owner'], finding['type']) == ('mx-to-cname', 'example.com.', 'MX')
    assert reply['result']['records'] == 6


def test_a_zone_that_cannot_be_read_is_an_error_with_its_place(place):
    (place / 'x.zone').write_text(ZONE + 'www AAAA 192.0.2.1\n')
    done = kotae('zone', 'check', 'example.com', 'x.zone', cwd=place)
    assert (done.returncode, done.stdout) == (1, '')
    assert re.match(r'x\.zone:6:10: error: AAAA.*\n    www AAAA 192\.0\.2\.1\n             \^\n', done.stderr)


def test_of_many_findings_of_one_kind_twenty_are_shown(place):
    many = ''.join(f'm{i} MX 10 alias\n' for i in range(50))
    (place / 'x.zone').write_text(ZONE + 'alias CNAME www\n' + many)
    done = kotae('zone', 'check', 'example.com', 'x.zone', cwd=place)
    lines = [line for line in done.stdout.splitlines() if '[mx-to-cname]' in line]
    assert len(lines) == 21
    assert lines[-1] == 'x.zone: ... and 30 more [mx-to-cname]'
    assert len(ask('zone', 'check', 'example.com', 'x.zone', cwd=place,
                   status=done.returncode)['result']['findings']) == 50


@pytest.mark.parametrize('typed, unix', [
    ('2017-08-21', 1503316800),
    ('2017-08-21T12:30:00Z', 1503318600),
    ('2017-08-21T12:30', 1503318600),
    ('20170821123000', 1503318600),
    ('1503318600', 1503318600),
])
def test_a_time_may_be_written_in_many_ways(place, typed, unix):
    reply = ask('zone', 'check', '--at', typed, 'example.com', 'zones/example.com.zone', cwd=place)
    assert reply['result']['at'] == unix


@pytest.mark.parametrize('typed', ['', 'now', '2017-02-30', '20171332000000', '2017-08-21T25:00:00Z', '-1'])
def test_what_is_no_time_is_refused(place, typed):
    done = kotae('zone', 'check', f'--at={typed}', 'example.com', 'zones/example.com.zone', cwd=place)
    assert done.returncode == 1
    assert 'this is no time' in done.stderr


# ---- keys

def test_a_key_is_as_the_configuration_takes_it(place):
    made = kotae('key', 'generate', 'Xfr.Example', '--algorithm', 'hmac-sha512').stdout
    assert made.startswith('keys:\n  xfr.example.: {algorithm: hmac-sha512, secret: "')
    with open(place / 'kotae.yaml', 'a') as out:
        out.write(made)
    assert kotae('check', 'kotae.yaml', cwd=place).returncode == 0
    secrets = {ask('key', 'generate', 'a.example')['result']['secret'] for _ in range(5)}
    assert len(secrets) == 5


def test_an_unknown_algorithm_is_refused():
    done = kotae('key', 'generate', 'a.example', '--algorithm', 'hmac-md5')
    assert done.returncode == 1 and 'expected hmac-sha256' in done.stderr


# ---- the daemon

def test_without_a_daemon_it_says_where_it_looked(tmp_path):
    path = str(tmp_path / 'none.sock')
    done = kotae('--socket', path, 'status')
    assert (done.returncode, done.stdout) == (1, '')
    assert path in done.stderr and 'is kotaed running' in done.stderr
    assert ask('--socket', path, 'status', status=1)['errors'][0]['grade'] == 'error'


def test_status_tells_what_is_served(server):
    result = ask(*server.at, 'status')['result']
    assert result['pid'] == server.process.pid
    assert result['ready'] is True
    assert result['zones'] == {'serving': 1, 'stale': 0, 'failed': 0}
    assert result['listen'][0]['port'] == server.port
    assert result['problems'] == []
    shown = kotae(*server.at, 'status')
    assert (shown.returncode, shown.stderr) == (0, '')
    assert f'process {server.process.pid}' in shown.stdout


def test_the_socket_is_found_by_the_configuration_even_when_it_is_wrong_elsewhere(server):
    path = server.path('kotae.yaml')
    assert kotae('-c', path, 'status').returncode == 0
    config = json.loads(open(path).read())
    config['zoens'] = {}
    server.write('kotae.yaml', json.dumps(config))
    assert kotae('-c', path, 'status').returncode == 0


def test_zones_are_listed_and_shown(server):
    zone, = ask(*server.at, 'zone', 'list')['result']['zones']
    assert (zone['name'], zone['state'], zone['serial']) == ('example.com.', 'serving', 7)
    result = ask(*server.at, 'zone', 'show', 'EXAMPLE.com')['result']
    assert (result['name'], result['serial'], result['records'], result['signed']) == ('example.com.', 7, 4, False)
    assert 'example.com.  serving' in kotae(*server.at, 'zone', 'list').stdout
    for name in ('example.org', 'a..b'):
        done = kotae(*server.at, 'zone', 'show', name)
        assert (done.returncode, done.stdout) == (1, '') and done.stderr.startswith('error: ')


def test_a_reload_is_done_when_it_returns(server):
    server.zone_path.write_text(ZONE.replace(' 7 ', ' 8 ') + 'new A 192.0.2.81\n')
    result = ask(*server.at, 'reload')['result']
    assert result['zones'] == {'loaded': 1, 'unchanged': 0, 'removed': 0, 'failed': 0}
    assert server.ask('new.example.com', 'A').rcode() == 0
    assert ask(*server.at, 'zone', 'show', 'example.com')['result']['serial'] == 8


def test_a_refused_zone_is_stale_and_says_why(server):
    server.zone_path.write_text(ZONE.replace(' 7 ', ' 9 ') + 'new A nonsense\n')
    assert kotae(*server.at, 'reload').returncode == 1
    result = ask(*server.at, 'zone', 'show', 'example.com', status=2)['result']
    assert (result['state'], result['serial']) == ('stale', 7)
    assert ':6:7:' in result['error']
    status = ask(*server.at, 'status', status=2)
    assert status['result']['zones']['stale'] == 1 and status['result']['problems']
    assert server.ask('www.example.com', 'A').rcode() == 0


def test_the_difference_of_configurations_is_shown(server):
    assert ask(*server.at, 'config', 'diff')['result'] == {'changes': []}
    path = server.path('kotae.yaml')
    config = json.loads(open(path).read())
    config['node']['name'] = 'other'
    config['node']['workers'] = 2
    server.write('kotae.yaml', json.dumps(config))
    changes = ask(*server.at, 'config', 'diff', status=2)['result']['changes']
    assert changes == [
        {'option': 'node.name', 'running': 'test', 'file': 'other', 'reload': True},
        {'option': 'node.workers', 'running': '1', 'file': '2', 'reload': False}]
    shown = kotae(*server.at, 'config', 'diff')
    assert shown.returncode == 2
    assert shown.stdout == ('- node.name: test\n+ node.name: other\n'
                            '- node.workers: 1\n+ node.workers: 2\n  (needs a restart)\n')
    server.write('kotae.yaml', 'nonsense')
    assert ask(*server.at, 'config', 'diff', status=1)['errors']


def test_stop_returns_when_nothing_answers_any_more(server):
    done = kotae(*server.at, 'stop')
    assert (done.returncode, done.stdout, done.stderr) == (0, 'stopped\n', '')
    assert server.process.wait(5) == 0

"""Servers for the system tests: kotaed and its peers on loopback, in directories of their own.

    with Kotae(directory, {'example.com': path}) as server:
        reply = server.ask('www.example.com', 'A')

Each server is one process in the foreground that this process started; it is ended by its
process id.  Address and port are free at the time of asking and differ between test
processes, so several test runs share a machine.  A peer that is not installed skips the
test with a message.
"""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time

import dns.flags
import dns.message
import dns.query
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('KOTAE_BUILD', os.path.join(ROOT, 'build')))
FULL = bool(os.environ.get('KOTAE_TEST_FULL'))
UDP_MAX = 1232  # what every server gives at most, so that all truncate at one size
START_SECONDS = 60  # for a loaded machine; a server that is ready goes on at once


def tool(*names):
    """The path of the first of the programs that is there, or the test is skipped."""
    path = os.environ['PATH'] + ':/usr/sbin:/sbin'
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    pytest.skip(f'{" or ".join(names)} is not installed')


def build(name):
    """A program of ours; kotaed that is not built is a failure, not a skip."""
    for path in (os.path.join(BUILD, name), os.path.join(BUILD, 'src', 'daemon', name),
                 os.path.join(BUILD, 'src', 'cli', name)):
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    pytest.fail(f'{name} is not in {BUILD}: run make first')


def data(name):
    """A file too large for the repository, from the directory KOTAE_DATA, or skip."""
    for directory in (os.environ.get('KOTAE_DATA'), os.path.join(ROOT, '..', 'shared', 'data')):
        if directory and os.path.exists(os.path.join(directory, name)):
            return os.path.join(directory, name)
    pytest.skip(f'no {name}: set KOTAE_DATA to the directory that has it')


_random = random.Random(f'{os.getpid()} {time.time()}')
_given = set()


def free_endpoint(address=None):
    """A loopback address and a port, free for UDP and TCP, below the ephemeral range."""
    pid = os.getpid()
    for _ in range(1000):
        host = address or f'127.{100 + pid % 100}.{pid // 100 % 250}.{_random.randint(1, 250)}'
        port = _random.randint(15000, 32000)
        if (host, port) in _given:
            continue
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(family, kind) as probe:
                    probe.bind((host, port))
        except OSError:
            continue
        _given.add((host, port))
        return host, port
    raise RuntimeError('no free port on loopback')


class Server:
    """One server process.  A subclass gives the command and writes the configuration."""

    kind = 'server'

    def __init__(self, directory, zones, address=None, port=None, **options):
        """zones: name -> path of the zone file."""
        self.directory = os.path.join(str(directory), self.kind)
        os.makedirs(self.directory, exist_ok=True)
        self.zones = {name: os.path.abspath(str(path)) for name, path in zones.items()}
        self.address, self.port = free_endpoint(address)
        if port:
            self.port = port
        self.options = options
        self.process = None
        self.log_path = os.path.join(self.directory, 'log')

    def configure(self):
        """Writes the configuration and gives back the command."""
        raise NotImplementedError

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as out:
            out.write(text)
        return self.path(name)

    def log(self):
        with open(self.log_path, errors='replace') as log:
            return log.read()

    def start(self, wait=True):
        command = self.configure()
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, cwd=self.directory)
        if wait:
            try:
                self.wait_ready()
            except BaseException:
                self.stop()
                raise
        return self

    def ready_query(self):
        name = next(iter(self.zones), '.')
        return dns.message.make_query(name, 'SOA')

    def wait_ready(self):
        """Returns when every zone that was configured has had the time to load: SOA answers."""
        deadline = time.monotonic() + START_SECONDS
        waiting = list(self.zones) or ['.']
        while waiting:
            if self.process.poll() is not None:
                raise RuntimeError(f'{self.kind} ended with {self.process.returncode}:\n{self.log()[-4000:]}')
            if time.monotonic() > deadline:
                raise RuntimeError(f'{self.kind} does not serve {waiting[0]}:\n{self.log()[-4000:]}')
            try:
                reply = self.udp(dns.message.make_query(waiting[0], 'SOA'), timeout=0.5)
                if reply.rcode() == 0 or not self.zones:
                    waiting.pop(0)
                    continue
            except (dns.exception.Timeout, OSError, dns.exception.DNSException):
                pass
            time.sleep(0.02)

    def stop(self):
        """SIGTERM, and SIGKILL after ten seconds; gives back the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        status = self.process.returncode
        self.process = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def udp(self, message, timeout=3):
        return dns.query.udp(message, self.address, timeout=timeout, port=self.port, ignore_unexpected=True)

    def tcp(self, message, timeout=3):
        return dns.query.tcp(message, self.address, timeout=timeout, port=self.port)

    def ask(self, name, rdtype='A', rdclass='IN', tcp=False, timeout=3, **more):
        """A reply; more as dns.message.make_query takes it (use_edns, want_dnssec, payload...)."""
        query = dns.message.make_query(name, rdtype, rdclass, **more)
        query.flags &= ~dns.flags.RD
        return (self.tcp if tcp else self.udp)(query, timeout)

    def exchange(self, octets, timeout=1.0):
        """Raw octets over UDP; the reply's octets, or None when there is none in time."""
        family = socket.AF_INET6 if ':' in self.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((self.address, self.port))
            sock.settimeout(timeout)
            sock.send(octets)
            try:
                return sock.recv(65535)
            except (socket.timeout, ConnectionRefusedError):
                return None


class Kotae(Server):
    """Options: config (a dict laid over the configuration), valgrind (bool)."""

    kind = 'kotaed'

    def configure(self):
        config = {
            'node': {'name': 'test', 'state': self.path('state'), 'workers': 1},
            'control': {'socket': self.path('control.sock')},
            'listen': [{'address': self.address, 'port': self.port, 'serve': 'authority'}],
            'zones': {name: {'file': path} for name, path in self.zones.items()},
        }
        for key, value in self.options.get('config', {}).items():
            if isinstance(value, dict) and isinstance(config.get(key), dict):
                config[key].update(value)
            else:
                config[key] = value
        path = self.write('kotae.yaml', json.dumps(config, indent=1, ensure_ascii=False))  # JSON is YAML
        return [build('kotaed'), '-c', path]


class Nsd(Server):
    kind = 'nsd'

    def configure(self):
        text = [f'''server:
  ip-address: {self.address}@{self.port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: "{self.path('nsd.pid')}"
  zonelistfile: "{self.path('zone.list')}"
  xfrdfile: "{self.path('xfrd.state')}"
  xfrdir: "{self.directory}"
  zonesdir: "{self.directory}"
  minimal-responses: yes
  refuse-any: no
  round-robin: no
  rrl-ratelimit: 0
  ipv4-edns-size: {UDP_MAX}
  ipv6-edns-size: {UDP_MAX}
remote-control:
  control-enable: no
''']
        text += [f'zone:\n  name: "{name}"\n  zonefile: "{path}"\n' for name, path in self.zones.items()]
        return [tool('nsd'), '-d', '-c', self.write('nsd.conf', ''.join(text))]


class Knot(Server):
    kind = 'knot'

    def configure(self):
        text = [f'''server:
    rundir: "{self.directory}"
    listen: {self.address}@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    udp-max-payload: {UDP_MAX}
database:
    storage: "{self.directory}"
log:
  - target: stderr
    any: info
template:
  - id: default
    storage: "{self.directory}"
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
''']
        for name, path in self.zones.items():
            text.append(f'  - domain: "{name}"\n    file: "{path}"\n')
        return [tool('knotd'), '-c', self.write('knot.conf', ''.join(text))]


class Bind(Server):
    kind = 'bind'

    def __init__(self, directory, zones, address=None, **options):
        # named listens only on addresses that an interface has.
        super().__init__(directory, zones, address or '127.0.0.1', **options)

    def configure(self):
        text = [f'''options {{
  directory "{self.directory}";
  pid-file "{self.path('named.pid')}";
  session-keyfile "{self.path('session.key')}";
  managed-keys-directory "{self.directory}";
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  empty-zones-enable no;
  allow-transfer {{ none; }};
  allow-query {{ any; }};
  notify no;
  check-integrity no;
  check-names primary ignore;
  check-dup-records ignore;
  minimal-responses yes;
  minimal-any no;
  max-records-per-type 0;
  max-types-per-name 0;
  edns-udp-size {UDP_MAX};
  max-udp-size {UDP_MAX};
}};
controls {{ }};
''']
        for name, path in self.zones.items():
            text.append(f'zone "{name}" {{ type primary; file "{path}"; masterfile-format text; '
                        f'check-names ignore; }};\n')
        return [tool('named'), '-g', '-n', '1', '-c', self.write('named.conf', ''.join(text))]


class Unbound(Server):
    """A validating resolver.  zones: name -> (address, port) of who serves it.

    Options: anchors (lines of DS or DNSKEY records), now (YYYYMMDDhhmmss).
    """

    kind = 'unbound'
    # Everything but 127.0.0.0/8: it never asks beyond this machine.
    OTHERS = ('0.0.0.0/2', '64.0.0.0/3', '96.0.0.0/4', '112.0.0.0/5', '120.0.0.0/6', '124.0.0.0/7',
              '126.0.0.0/8', '128.0.0.0/1')

    def __init__(self, directory, zones, **options):
        super().__init__(directory, {}, **options)
        self.stubs = zones

    def configure(self):
        anchors = self.write('anchors', '\n'.join(self.options.get('anchors', [])) + '\n')
        text = [f'''server:
  interface: {self.address}
  port: {self.port}
  do-daemonize: no
  use-syslog: no
  logfile: ""
  verbosity: 1
  username: ""
  chroot: ""
  directory: "{self.directory}"
  pidfile: "{self.path('unbound.pid')}"
  access-control: 127.0.0.0/8 allow
  num-threads: 1
  do-not-query-localhost: no
  do-ip6: no
{''.join(f'  do-not-query-address: {net}' + chr(10) for net in self.OTHERS)}  module-config: "validator iterator"
  trust-anchor-file: "{anchors}"
  val-log-level: 2
  aggressive-nsec: no
  qname-minimisation: no
  trust-anchor-signaling: no
  minimal-responses: yes
  outbound-msg-retry: 3
  target-fetch-policy: "0 0 0 0 0"
  val-max-restart: 0
''']
        if self.options.get('now'):
            text.append(f'  val-override-date: "{self.options["now"]}"\n')
        for name in self.stubs:
            text.append(f'  local-zone: "{name}" transparent\n')
        text.append('remote-control:\n  control-enable: no\n')
        for name, (address, port) in self.stubs.items():
            text.append(f'stub-zone:\n  name: "{name}"\n  stub-addr: {address}@{port}\n')
        return [tool('unbound'), '-d', '-c', self.write('unbound.conf', ''.join(text))]

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f'unbound ended with {self.process.returncode}:\n{self.log()[-4000:]}')
            try:
                self.udp(dns.message.make_query('localhost', 'A'), timeout=0.5)
                return
            except (dns.exception.Timeout, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


PEERS = {'nsd': Nsd, 'knot': Knot, 'bind': Bind}

# The server under test; another name in KOTAE_TEST_SUBJECT tries the tests themselves on a peer.
SUBJECT = {'kotaed': Kotae, **PEERS}[os.environ.get('KOTAE_TEST_SUBJECT', 'kotaed')]


def run(*command, **more):
    """A tool's run that must succeed; its output."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, f'{" ".join(map(str, command))}: {done.returncode}\n{done.stdout[-4000:]}'
    return done.stdout

#!/usr/bin/python3
"""Clients of seven networks ask a real resolver in many orders; prints every wrong answer as JSON.

usage: cache_orders.py RESOLVER SERVER DIRECTORY N SEED

RESOLVER is unbound or pdns_recursor; SERVER is kotaed or zero (answers with scope 0, to show
that the test can fail).  Runs in a network namespace of its own, which it expects to be in:
it gives the loopback interface the clients' addresses.
"""
import json
import os
import random
import socket
import subprocess
import sys
import threading

import dns.edns
import dns.message
import dns.query
import dns.rcode
import dns.rrset

import harness
import steering

NETWORKS = [f'240b:10:{i}00::' for i in range(7)]
RESOLVER = 'fd00::53'
# 240b:10:200::/40 holds two regions, and the resolver sends no longer prefix: the one that is declared
# answers, which is not the lower one that would answer otherwise.
DECLARED = {'240b:10:200::/40': 'dc-02'}
TRUTH = dict(zip(NETWORKS, ['default', 'default', 'dc-02', 'dc-03', 'dc-04', 'dc-04', 'default']))


class Unbound(harness.Server):
    kind = 'unbound'

    def configure(self):
        return [harness.tool('unbound'), '-d', '-c', self.write('unbound.conf', f'''server:
  interface: {RESOLVER}
  port: {self.port}
  do-daemonize: no
  use-syslog: no
  logfile: ""
  username: ""
  chroot: ""
  directory: "{self.directory}"
  pidfile: "{self.path('unbound.pid')}"
  access-control: ::/0 allow
  num-threads: 1
  do-not-query-localhost: no
  module-config: "subnetcache iterator"
  send-client-subnet: {self.options['upstream'][0]}
  max-client-subnet-ipv6: 40
  qname-minimisation: no
  local-zone: "example.com" transparent
remote-control:
  control-enable: no
stub-zone:
  name: "example.com"
  stub-addr: {self.options['upstream'][0]}@{self.options['upstream'][1]}
''')]


class Recursor(harness.Server):
    kind = 'pdns_recursor'

    def configure(self):
        address, port = self.options['upstream']
        self.write('recursor.conf', f'''
local-address={RESOLVER}
local-port={self.port}
allow-from=::/0
forward-zones=example.com={address}:{port}
dont-query=
dnssec=off
edns-subnet-allow-list=example.com
ecs-ipv6-bits=40
ecs-ipv6-cache-bits=128
ecs-add-for=::/0
query-local-address=127.0.0.1
threads=1
daemon=no
security-poll-suffix=
disable-packetcache=yes
config-dir={self.directory}
socket-dir={self.directory}
max-negative-ttl=60
hint-file=no
''')
        return [harness.tool('pdns_recursor'), f'--config-dir={self.directory}', '--daemon=no']


class ZeroScope:
    """A server that gives everybody the right answer and says that it is for everybody."""

    def __init__(self):
        self.address, self.port = harness.free_endpoint('127.0.0.1')
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, self.port))

    def run(self):
        while True:
            octets, peer = self.socket.recvfrom(4096)
            query = dns.message.from_wire(octets)
            reply = dns.message.make_response(query)
            ecs = [o for o in query.options if o.otype == dns.edns.ECS]
            region = 'default'
            if ecs:
                region = TRUTH.get(ecs[0].address, 'default')
                reply.use_edns(0, 0, 1232, options=[dns.edns.ECSOption(ecs[0].address, ecs[0].srclen, 0)])
            if query.question[0].rdtype == dns.rdatatype.AAAA:
                reply.answer.append(dns.rrset.from_text(query.question[0].name, 3600, 'IN', 'AAAA', steering.ADDRESS[region]))
            self.socket.sendto(reply.to_wire(), peer)


def upstream(kind, directory):
    if kind == 'zero':
        server = ZeroScope()
        threading.Thread(target=server.run, daemon=True).start()
        return server
    service = steering.config(ttl='1h', name='*.example.com')
    service['maps']['japan']['short-source'] = DECLARED
    server = steering.server(directory, steering.ZONE, service, address='127.0.0.1')
    return server.start()


def ask(client, port, name):
    """The address that a client of this network gets."""
    query = dns.message.make_query(name, 'AAAA')
    reply = dns.query.udp(query, RESOLVER, timeout=10, port=port, source=client + '1')
    found = steering.addresses(reply)
    return found[0] if found else dns.rcode.to_text(reply.rcode())


def run_orders(port, n, seed):
    """Each order has a name of its own, so that caches begin empty.  What was wrong."""
    rng, wrong = random.Random(seed), []
    for i in range(n):
        order = rng.sample(NETWORKS, len(NETWORKS)) if i else list(NETWORKS)
        for client in order * 2:
            got, want = ask(client, port, f'order-{i}.example.com'), steering.ADDRESS[TRUTH[client]]
            if got != want:
                wrong.append({'order': order, 'client': client, 'got': got, 'want': want})
    return wrong


def main():
    kind, server_kind, directory, n, seed = sys.argv[1:]
    for command in [['link', 'set', 'lo', 'up']] + [['address', 'add', a + '/128', 'dev', 'lo', 'nodad']
                                                    for a in [RESOLVER] + [net + '1' for net in NETWORKS]]:
        subprocess.run(['ip', *command], check=True)
    server = upstream(server_kind, directory)
    resolver = {'unbound': Unbound, 'pdns_recursor': Recursor}[kind](
        directory, {}, address=RESOLVER, upstream=(server.address, server.port))
    resolver.start(wait=False)
    try:
        for attempt in range(300):
            try:
                ask(NETWORKS[0], resolver.port, f'ready-{attempt}.example.com')
                break
            except (dns.exception.Timeout, OSError):
                if not resolver.running():
                    sys.exit(resolver.log())
        print(json.dumps(run_orders(resolver.port, int(n), int(seed))))
    finally:
        resolver.stop()
        if server_kind != 'zero':
            server.stop()


if __name__ == '__main__':
    main()

"""What the tests of steering share: the operator's networks and answers, clients with a subnet, peers."""
import glob
import os

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

import harness

NAME = 'www.example.com.'
DEFAULT = '2001:db8::1'
ZONE = '''$ORIGIN example.com.
@ 3600 SOA ns1 hostmaster 2016030300 7200 1800 259200 10
@ 3600 NS ns1
ns1 3600 A 192.168.1.69
plain 300 AAAA 2001:db8::99
alias 300 CNAME www
'''
# The regions of the operator's network, and who answers in each.
REGIONS = {'dc-01': ('240b:10:200::/41', '2001:db8:10::1'), 'dc-02': ('240b:10:280::/41', '2001:db8:10::2'),
           'dc-03': ('240b:10:300::/40', '2001:db8:10::5'), 'dc-04': ('240b:10:400::/39', '2001:db8:20::1')}
ADDRESS = {name: address for name, (_, address) in REGIONS.items()} | {'default': DEFAULT}
# network asked, who must answer, scope (RFC 7871 s.7.2.1: no prefix overlaps another)
ROWS = [
    ('240b:10::/40', 'default', 39),
    ('240b:10:200::/40', 'dc-01', 41),  # holds two regions of the same size: the lower, and "ask with 41"
    ('240b:10:280::/41', 'dc-02', 41),
    ('240b:10:280::/48', 'dc-02', 41),
    ('240b:10:280::/56', 'dc-02', 41),
    ('240b:10:300::/40', 'dc-03', 40),
    ('240b:10:400::/40', 'dc-04', 39),
    ('240b:10:500::/40', 'dc-04', 39),
    ('240b:10:600::/40', 'default', 39),
    ('240b:11::/40', 'default', 32),
    ('240b:10::/32', 'default', 41),
    ('240b:10:200::/39', 'dc-03', 41),  # it has half of the block
    ('192.0.2.0/24', 'default', 9),     # 192.168.0.0/16 is a cell of its own
    ('::/0', 'default', 0),
    ('0.0.0.0/0', 'default', 0),
]


def config(networks=None, ttl='10s', name=NAME.rstrip('.'), **service):
    """The steering section with the operator's map."""
    return {
        'maps': {'japan': {'networks': networks or {prefix: region for region, (prefix, _) in REGIONS.items()},
                           'default': 'default'}},
        'pools': {region: {'members': [{'address': address}]} for region, address in ADDRESS.items()},
        'services': {name: {'map': 'japan', 'ttl': ttl, 'regions': {r: [r] for r in ADDRESS}, **service}},
    }


def server(directory, zone=ZONE, steering=None, **options):
    """kotaed with the operator's zone and map; more configuration goes in as options of harness.Kotae."""
    path = os.path.join(str(directory), 'example.com.zone')
    with open(path, 'w') as out:
        out.write(zone)
    more = options.pop('config', {})
    return harness.Kotae(directory, {'example.com': path}, config={'steering': steering or config(), **more}, **options)


def query(name, rdtype, prefix=None, do=False):
    """A query with a client subnet, or without."""
    options = []
    if prefix:
        address, bits = prefix.split('/')
        options.append(dns.edns.ECSOption(address, int(bits)))
    message = dns.message.make_query(name, rdtype, use_edns=0, payload=1232, want_dnssec=do, options=options)
    message.flags &= ~dns.flags.RD
    return message


def scope(reply):
    """The option's source and scope, or None."""
    for option in reply.options:
        if option.otype == dns.edns.ECS:
            return option.srclen, option.scopelen
    return None


def addresses(reply, rdtype='AAAA'):
    wanted = dns.rdatatype.from_text(rdtype)
    return sorted(rdata.to_text() for rrset in reply.answer if rrset.rdtype == wanted for rdata in rrset)


class Signed:
    """A zone as BIND's tools sign it, and the keys with which kotaed signs the rest; options of dnssec-signzone."""

    def __init__(self, directory, nsec3=False, algorithm='ECDSAP256SHA256', zone=ZONE, options=()):
        keygen, sign = harness.tool('dnssec-keygen'), harness.tool('dnssec-signzone')
        self.keys = os.path.join(str(directory), 'keys')
        os.makedirs(self.keys)
        path = os.path.join(str(directory), 'unsigned')
        with open(path, 'w') as out:
            out.write(zone)
        for more in (['-f', 'KSK'], []):
            harness.run(keygen, '-q', '-K', self.keys, '-a', algorithm, *more, 'example.com')
        harness.run(sign, '-q', '-P', '-S', '-K', self.keys, '-d', self.keys, '-o', 'example.com', '-f', path + '.signed',
                    *(['-3', '-'] if nsec3 else []), *options, path)
        with open(path + '.signed') as text:
            self.zone = text.read()
        self.private = glob.glob(os.path.join(self.keys, '*.private'))
        with open(glob.glob(os.path.join(self.keys, 'dsset-*'))[0]) as lines:
            self.anchors = [line.strip() for line in lines]


class Gdnsd(harness.Server):
    """gdnsd with the operator's configuration as it was shown."""

    kind = 'gdnsd'

    def configure(self):
        nets = ''.join(f'{prefix} => [ {region} ],\n' for region, (prefix, _) in REGIONS.items())
        dcs = ''.join(f'{region} => [ {address} ],\n' for region, address in ADDRESS.items())
        for name in ('etc/zones', 'run', 'state'):
            os.makedirs(self.path(name), exist_ok=True)
        self.write('etc/config', f'''
options => {{ edns_client_subnet => true, listen => [ {self.address}:{self.port} ], run_dir => {self.path('run')}
  state_dir => {self.path('state')}, weaker_security => true }}
plugins => {{ geoip => {{ maps => {{ my_prod_map => {{
  datacenters => [ {', '.join(ADDRESS)} ],
  nets => {{ {nets} ::/0 => [ default ] }} }} }}
resources => {{ prod_www => {{ map => my_prod_map, dcmap => {{ {dcs} }} }} }} }} }}
''')
        self.write('etc/zones/example.com', '''$TTL 86400
@     SOA ns1 hostmaster ( 2016030300 7200 30M 3D 10 )
@     NS      ns1
ns1   A       192.168.1.69
www     10      DYNA    geoip!prod_www
''')
        return [harness.tool('gdnsd'), '-c', self.path('etc'), 'start']

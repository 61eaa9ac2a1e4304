"""kotae import: what gdnsd and BIG-IP DNS were told, over the wire, beside gdnsd, and line by line."""
import json
import os
import re
import subprocess

import dns.rcode
import dns.rdatatype
import pytest

import harness
import steering

# As an operator showed them: networks of an Internet provider, and who answers there.
GDNSD = '''options => {
  edns_client_subnet => true
}

plugins =>{
geoip => {
maps => {
my_prod_map => {
datacenters => [ dc-01, dc-02, dc-03, dc-04, default ],
nets => {
240b:0010:0200::/41 => [ dc-01 ],
240b:0010:0280::/41 => [ dc-02 ],
240b:0010:0300::/40 => [ dc-03 ],
240b:0010:0400::/39 => [ dc-04 ],
::/0  => [ default ],
}
}
}
resources => {
prod_www => {
map => my_prod_map
dcmap => {
dc-01 => [2001:db8:10::1 ],
dc-02 => [2001:db8:10::2 ],
dc-03 => [2001:db8:10::5 ],
dc-04 => [2001:db8:20::1 ],
default => [2001:db8::1 ],
}
}
}
}
}
'''
GDNSD_ZONE = '''$TTL 86400

@     SOA ns1 hostmaster (
2016030300   ; serial
7200   ; refresh
30M    ; retry
3D     ; expire
10     ; ncache

)

@     NS      ns1
ns1   A       192.168.1.69

www     10      DYNA    geoip!prod_www
'''
BIGIP = '''gtm global-settings load-balancing {
topology-prefer-edns0-client-subnet enabled

}
gtm topology ldns: subnet 240b:0010:0200::/41 server: subnet 2001:db8:10::1/128 {

order 1
score 100

}
gtm topology ldns: subnet 240b:0010:0280::/41 server: subnet 2001:db8:10::2/128 {

order 2
score 100

}
Gtm topology ldns: subnet 240b:0010:0300::/40 server: subnet 2001:db8:10::5/128 {

order 3
score 100

}
gtm topology ldns: subnet 240b:0010:0400::/39 server: subnet 2001:db8:20::1/128 {

order 4
score 100

}
gtm topology ldns: subnet ::/0 server: subnet 2001:db8::1/128 {

order 13
score 10

}
'''


def kotae(*arguments, cwd=None):
    return subprocess.run([harness.build('kotae'), *map(str, arguments)], cwd=cwd, text=True, capture_output=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def gdnsd_directory(path, config=GDNSD, **zones):
    (path / 'zones').mkdir(parents=True)
    (path / 'config').write_text(config)
    for name, text in (zones or {'example.com': GDNSD_ZONE}).items():
        (path / 'zones' / name.replace('_', '.')).write_text(text)
    return path


def import_operators(kind, tmp_path):
    """The operator's configuration as it comes out; the directory."""
    if kind == 'gdnsd':
        source, more = gdnsd_directory(tmp_path / 'gdnsd'), []
    else:
        source, more = tmp_path / 'bigip_gtm.conf', ['--name', 'www.example.com']
        source.write_text(BIGIP)
    done = kotae('import', kind, source, '--out', tmp_path / 'out', *more)
    assert done.returncode == 0 and 'warning' not in done.stderr, done
    assert '1 services, 1 maps, 5 pools, 0 monitors; 0 lines have no equal' in done.stdout
    return tmp_path / 'out'


class Imported(harness.Server):
    """kotaed with an imported configuration: only where it listens and keeps its state is changed."""

    kind = 'kotaed'

    def configure(self):
        config = os.path.join(self.options['out'], 'kotae.yaml')
        with open(config) as text:
            text = re.sub(r'(?m)^  - \{address: .*\n', '', text.read())
        text = text.replace('listen:\n', f'listen:\n  - {{address: "{self.address}", port: {self.port}, serve: authority}}\n', 1)
        with open(config, 'w') as out:
            out.write(text + f'\nnode: {{state: "{self.path("state")}", workers: 1}}\n')
        return [harness.build('kotaed'), '-c', config]


@pytest.mark.parametrize('kind', ['gdnsd', 'bigip'])
def test_the_operators_configuration_is_clean(kind, tmp_path):
    out = import_operators(kind, tmp_path)
    done = kotae('check', out / 'kotae.yaml')
    assert done.returncode == 0 and done.stdout.endswith('4 records, 1 services: 0 errors, 0 warnings\n'), done
    assert kotae('-c', out / 'kotae.yaml', 'ecs', 'lint').returncode == 0


@pytest.mark.parametrize('kind', ['gdnsd', 'bigip'])
def test_the_operators_configuration_gives_the_operators_table(kind, tmp_path):
    with Imported(tmp_path, {'example.com': '-'}, out=import_operators(kind, tmp_path)) as server:
        for prefix, region, scope in steering.ROWS:
            reply = server.udp(steering.query(steering.NAME, 'AAAA', prefix))
            assert steering.addresses(reply) == [steering.ADDRESS[region]], prefix
            assert steering.scope(reply) == (int(prefix.split('/')[1]), scope), prefix
        assert reply.answer[0].ttl == (10 if kind == 'gdnsd' else 30)
        assert steering.addresses(server.ask('ns1.example.com', 'A'), 'A') == ['192.168.1.69' if kind == 'gdnsd' else '192.0.2.53']


# ---- everything that gdnsd has

EVERY = '''options => {{ edns_client_subnet => true, listen => [ {address}:{port} ], run_dir => {directory}/run
  state_dir => {directory}/state, weaker_security => true, tcp_timeout => 15 }}
service_types => {{
  web => {{ plugin => http_status, url_path => /ok, vhost => www.example.com, port => 8080
    ok_codes => [ 200, 204 ], interval => 8, timeout => 3, up_thresh => 5, ok_thresh => 2, down_thresh => 4 }}
  conn => {{ plugin => tcp_connect, port => 443 }}
  script => {{ plugin => extmon, cmd => [ /usr/bin/true, "%%ITEM%%" ], interval => 20, timeout => 5 }}
  states => {{ plugin => extfile, file => {directory}/states }}
}}
plugins => {{
  extmon => {{ helper_path => /usr/libexec/gdnsd/gdnsd_extmon_helper }}
  null => {{}}
  reflect => {{}}
  static => {{ fixed => 192.0.2.1, fixed6 => 2001:db8::1, name => lb.example.net., unasked => 192.0.2.2 }}
  multifo => {{
    service_types => up
    both => {{ addrs_v4 => [ 192.0.2.11, 192.0.2.12, 192.0.2.13 ]
              addrs_v6 => {{ up_thresh => 1.0, a => 2001:db8::11, b => 2001:db8::12 }} }}
  }}
  simplefo => {{
    pair => {{ primary => 192.0.2.21, secondary => 192.0.2.22 }}
    pair46 => {{ addrs_v4 => {{ primary => 192.0.2.23, secondary => 192.0.2.24 }}
                addrs_v6 => {{ primary => 2001:db8::23, secondary => 2001:db8::24 }} }}
  }}
  weighted => {{
    heavy => {{ a => [ 192.0.2.31, 99 ], b => [ 192.0.2.32, 1 ] }}
    groups => {{ addrs_v4 => {{ multi => true, one => {{ a => [ 192.0.2.33, 10 ], b => [ 192.0.2.34, 10 ] }}
                               two => {{ c => [ 192.0.2.35, 20 ] }} }} }}
    names => {{ x => [ lb.example.net., 10 ], y => [ lb.example.org., 30 ] }}
  }}
  metafo => {{ resources => {{
    order => {{ datacenters => [ first, second ], dcmap => {{ first => %multifo!both, second => %static!fixed }} }}
  }} }}
  geoip => {{
    maps => {{
      nets => {{ datacenters => [ tokyo, osaka ], nets => {{
        198.51.100.0/24 => [ osaka, tokyo ]
        2001:db8:8200::/41 => [ osaka ]
        2001:db8:8280::/41 => [ tokyo ]
      }} }}
    }}
    resources => {{
      site => {{ map => nets, dcmap => {{ tokyo => 192.0.2.41
        osaka => {{ plugin => simplefo, primary => 192.0.2.42, secondary => 192.0.2.43 }} }} }}
      names => {{ map => nets, dcmap => {{ tokyo => t.example.net., osaka => o.example.net. }} }}
      six => {{ map => nets, dcmap => {{ tokyo => 2001:db8::51, osaka => [ 2001:db8::52, 2001:db8::53 ] }} }}
    }}
  }}
}}
'''
EVERY_ZONE = '''@ SOA ns1 hostmaster 7 7200 1800 259200 10
@ NS ns1
ns1 A 192.0.2.53
    AAAA 2001:db8::53
fixed 60 DYNA static!fixed
fixed6 60 DYNA static!fixed6
fixedname 60 DYNC static!name
both 300/30 DYNA multifo!both
pair 60 DYNA simplefo!pair
pair46 60 DYNA simplefo!pair46
heavy 60 DYNA weighted!heavy
groups 60 DYNA weighted!groups
names 60 DYNC weighted!names
order 60 DYNA metafo!order
second 60 DYNA metafo!order/second
site 60/10 DYNA geoip!site
  MX 10 mail
site-osaka 60 DYNA geoip!site/osaka
siten 60 DYNC geoip!names
six 60 DYNA geoip!six
me 60 DYNA reflect!best
down 60 DYNA null!null
alias CNAME site
mail MX 10 both.@Z
  A 192.0.2.25
deep.er TXT "( ; no comment"
'''
# What cannot be taken over, by the line that says it.
LOST = {('config', word): 'options ' + word for word in ('run_dir', 'state_dir', 'weaker_security', 'tcp_timeout')} | {
    ('config', 'extmon => { helper_path'): 'plugins extmon', ('config', 'static => {'): 'static!unasked: no zone asks for it',
    ('example.com', 'me 60 DYNA reflect'): 'reflect!best', ('example.com', 'down 60'): 'null!null'}
NOTES = {('config', 'ok_thresh'): 'ok_thresh 2', ('config', 'states =>'): 'state file',
         ('config', 'multi => true'): 'group groups-v4-one', ('config', 'two => {'): 'group groups-v4-two'}


class EveryGdnsd(harness.Server):
    kind = 'gdnsd'

    def configure(self):
        for name in ('run', 'state'):
            os.makedirs(self.path(name), exist_ok=True)
        text = EVERY.format(address=self.address, port=self.port, directory=self.directory)
        etc = gdnsd_directory(self.options['etc'], text, example_com=EVERY_ZONE)
        return [harness.tool('gdnsd'), '-c', str(etc), 'start']


def line_of(path, text):
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def every_directory(tmp_path):
    text = EVERY.format(address='192.0.2.53', port=53, directory='/var/lib/gdnsd')
    return gdnsd_directory(tmp_path / 'gdnsd', text, example_com=EVERY_ZONE)


def test_each_line_without_an_equal_is_named_at_its_place(tmp_path):
    source = every_directory(tmp_path)
    done = kotae('--json', 'import', 'gdnsd', source, '--out', tmp_path / 'out')
    reply = json.loads(done.stdout)
    assert done.returncode == 2 and reply['result'] == {
        'files': [str(tmp_path / 'out/kotae.yaml'), str(tmp_path / 'out/zones/example.com.zone')],
        'zones': 1, 'maps': 1, 'monitors': 4, 'pools': reply['result']['pools'], 'services': 15}
    for grade, expected in (('warning', LOST), ('note', NOTES)):
        found = {(os.path.basename(e['file']), e['line'], e['text']) for e in reply['errors'] if e['grade'] == grade}
        for (name, where), what in expected.items():
            at = line_of(source / name if name == 'config' else source / 'zones' / name, where)
            one = next((f for f in found if f[:2] == (name, at) and what in f[2]), None)
            assert one, (at, what, found)
            found.remove(one)
        assert found == set()
    assert reply['warnings-total'] == len(LOST)
    done = kotae('check', tmp_path / 'out/kotae.yaml')
    assert done.returncode == 0, done


def answers(server, name, rdtype, prefix):
    reply = server.udp(steering.query(name, rdtype, prefix))
    owner = dns.name.from_text(name)
    return (reply.rcode() if reply.answer else None,
            sorted((dns.rdatatype.to_text(r.rdtype), d.to_text()) for r in reply.answer if r.name == owner for d in r))


def test_gdnsd_and_what_was_imported_from_it_answer_alike(tmp_path):
    """Every plugin, three networks and both families; where weights draw lots: one of the same."""
    with EveryGdnsd(tmp_path, {'example.com': '-'}, etc=tmp_path / 'gdnsd-etc') as old:
        done = kotae('import', 'gdnsd', tmp_path / 'gdnsd-etc', '--out', tmp_path / 'out')
        assert done.returncode == 2, done
        with Imported(tmp_path, {'example.com': '-'}, out=tmp_path / 'out') as new:
            for label in ('fixed fixed6 fixedname both pair pair46 order second site site-osaka siten six').split():
                for prefix in ('198.51.100.0/24', '2001:db8:8200::/48', '2001:db8:8280::/48', '203.0.113.0/24'):
                    for rdtype in ('A', 'AAAA'):
                        name = label + '.example.com.'
                        assert answers(new, name, rdtype, prefix) == answers(old, name, rdtype, prefix), (name, rdtype, prefix)
            for name, rdtype, allowed in (
                    ('heavy.example.com.', 'A', {'192.0.2.31', '192.0.2.32'}),
                    ('groups.example.com.', 'A', {'192.0.2.33', '192.0.2.34', '192.0.2.35'}),
                    ('names.example.com.', 'A', {'lb.example.net.', 'lb.example.org.'})):
                for server in (old, new):
                    drawn = [answers(server, name, rdtype, None)[1] for _ in range(60)]
                    assert all(drawn) and {text for rows in drawn for _, text in rows} <= allowed
                    assert {len(rows) for rows in drawn} == ({2} if name.startswith('groups') else {1}), (server.kind, name)
            for name, rdtype in (('mail.example.com.', 'MX'), ('site.example.com.', 'MX'), ('ns1.example.com.', 'AAAA'),
                                 ('deep.er.example.com.', 'TXT'), ('alias.example.com.', 'CNAME')):
                assert answers(new, name, rdtype, None) == answers(old, name, rdtype, None) != (None, []), name


# ---- everything that BIG-IP DNS has

RICH = '''#TMSH-VERSION: 17.1.0
gtm global-settings load-balancing {
    topology-prefer-edns0-client-subnet enabled
}
gtm datacenter /Common/tokyo { }
gtm datacenter /Common/osaka { }
gtm server /Common/ltm-tokyo {
    datacenter /Common/tokyo
    devices {
        /Common/ltm-tokyo {
            addresses {
                192.0.2.250 { }
            }
        }
    }
    product bigip
    virtual-servers {
        /Common/www {
            destination 192.0.2.10:https
        }
        /Common/www6 {
            destination 2001:db8:1::10.https
        }
        /Common/old {
            destination 192.0.2.11:https
            disabled
        }
    }
}
gtm server /Common/ltm-osaka {
    datacenter /Common/osaka
    virtual-servers {
        /Common/www {
            destination 198.51.100.10:443
        }
        /Common/www6 {
            destination 2001:db8:2::10.443
        }
    }
}
gtm monitor https /Common/health {
    destination *:*
    interval 10
    recv "HTTP/1.1 200"
    send "GET /health HTTP/1.1\\r\\nHost: www.example.com\\r\\nConnection: close\\r\\n\\r\\n"
    cipherlist DEFAULT
}
gtm monitor sip /Common/voice { }
gtm pool a /Common/both4 {
    load-balancing-mode topology
    fallback-mode return-to-dns
    members {
        /Common/ltm-tokyo:/Common/www { }
        /Common/ltm-osaka:/Common/www { }
        /Common/ltm-tokyo:/Common/old { }
        /Common/ltm-nagoya:/Common/www { }
    }
    ttl 20
}
gtm pool aaaa /Common/both6 {
    load-balancing-mode topology
    members {
        /Common/ltm-tokyo:/Common/www6 { }
        /Common/ltm-osaka:/Common/www6 { }
    }
}
gtm pool a /Common/shares {
    load-balancing-mode ratio
    members {
        /Common/ltm-osaka:/Common/www {
            member-order 1
            ratio 1
        }
        /Common/ltm-tokyo:/Common/www {
            member-order 0
            ratio 9
        }
    }
    monitor /Common/health and /Common/voice
}
gtm pool a /Common/turns {
    load-balancing-mode dynamic-ratio
    members { /Common/ltm-osaka:/Common/www { } }
}
gtm pool a /Common/unused { members { /Common/ltm-osaka:/Common/www { } } }
gtm region /Common/east {
    region-members {
        subnet 203.0.113.0/24 { }
        not subnet 203.0.113.128/25 { }
    }
}
gtm topology ldns: region /Common/east server: datacenter /Common/tokyo {
    order 1
    score 100
}
gtm topology ldns: subnet 2001:db8:8200::/41 server: datacenter /Common/tokyo { order 2 score 100 }
gtm topology ldns: isp AOL server: datacenter /Common/osaka { order 3 score 100 }
gtm topology ldns: subnet ::/0 server: datacenter /Common/osaka { order 4 score 10 }
gtm topology ldns: subnet 0.0.0.0/0 server: datacenter /Common/osaka { order 4 score 10 }
gtm wideip a /Common/www.example.com {
    aliases { web.example.com }
    persistence enabled
    pool-lb-mode topology
    pools {
        /Common/both4 { order 0 }
    }
}
gtm wideip aaaa /Common/www.example.com {
    pools {
        /Common/both6 { order 0 }
    }
}
gtm wideip a /Common/shares.example.com { pools { /Common/shares { order 0 } } }
gtm wideip a /Common/turns.example.com { pools { /Common/turns { order 0 } /Common/gone { order 1 } } }
gtm rule /Common/x { when DNS_REQUEST { } }
'''
RICH_LOST = [('product bigip', 'product bigip'), ('/Common/ltm-tokyo:/Common/old', 'is disabled'), ('/Common/ltm-nagoya', 'not in this file'),
             ('cipherlist DEFAULT', 'cipherlist DEFAULT'), ('gtm monitor sip', 'monitor voice'), ('fallback-mode', 'fallback-mode'),
             ('gtm pool a /Common/turns', 'dynamic-ratio has no equal'), ('gtm pool a /Common/unused', 'nothing asks for it'),
             ('not subnet', 'not subnet 203.0.113.128/25'), ('isp AOL', 'isp AOL'), ('persistence', 'persistence enabled'),
             ('turns.example.com', 'pool gone is not in this file'), ('gtm rule', 'gtm rule')]


def test_each_line_of_bigip_without_an_equal_is_named(tmp_path):
    source = tmp_path / 'gtm.conf'
    source.write_text(RICH)
    reply = json.loads(kotae('--json', 'import', 'bigip', source, '--out', tmp_path / 'out').stdout)
    assert (reply['status'], reply['result']['services']) == (2, 4)
    found = [(e['line'], e['text']) for e in reply['errors'] if e['grade'] == 'warning']
    for where, what in RICH_LOST:
        one = next((f for f in found if f[0] == line_of(source, where) and what in f[1]), None)
        assert one, (where, what, found)
        found.remove(one)
    assert found == []
    done = kotae('check', tmp_path / 'out/kotae.yaml')
    assert done.returncode == 0, done


def test_wide_ips_answer_by_topology(tmp_path):
    source = tmp_path / 'gtm.conf'
    source.write_text(re.sub(r'    monitor .*\n', '', RICH))  # nothing beyond this machine is probed
    kotae('import', 'bigip', source, '--out', tmp_path / 'out')
    with Imported(tmp_path, {'example.com': '-'}, out=tmp_path / 'out') as server:
        for name in ('www.example.com.', 'web.example.com.'):
            for prefix, four, six, scope in (('203.0.113.0/24', '192.0.2.10', '2001:db8:1::10', 24),
                                             ('2001:db8:8200::/48', '192.0.2.10', '2001:db8:1::10', 41),
                                             ('2001:db8:8280::/48', '198.51.100.10', '2001:db8:2::10', 41)):
                for rdtype, address in (('A', four), ('AAAA', six)):
                    reply = server.udp(steering.query(name, rdtype, prefix))
                    assert steering.addresses(reply, rdtype) == [address], (name, prefix)
                    assert steering.scope(reply)[1] == scope
        drawn = [steering.addresses(server.ask('shares.example.com', 'A'), 'A')[0] for _ in range(200)]
        assert 140 < drawn.count('192.0.2.10') < 200  # 9 of 10


# ---- files

def test_what_is_there_is_not_overwritten(tmp_path):
    import_operators('gdnsd', tmp_path)
    before = {p: p.read_bytes() for p in (tmp_path / 'out').rglob('*') if p.is_file()}
    done = kotae('import', 'gdnsd', tmp_path / 'gdnsd', '--out', tmp_path / 'out')
    assert done.returncode == 1 and not done.stdout
    assert 'kotae.yaml: error: the file is there already' in done.stderr
    (tmp_path / 'out/kotae.yaml').unlink()
    done = kotae('import', 'gdnsd', tmp_path / 'gdnsd', '--out', tmp_path / 'out')
    assert done.returncode == 1 and 'example.com.zone: error: the file is there already' in done.stderr
    assert not (tmp_path / 'out/kotae.yaml').exists()  # all or nothing
    del before[tmp_path / 'out/kotae.yaml']
    assert {p: p.read_bytes() for p in (tmp_path / 'out').rglob('*') if p.is_file()} == before


def test_without_out_the_result_is_beside_the_caller(tmp_path):
    gdnsd_directory(tmp_path / 'etc')
    done = kotae('import', 'gdnsd', 'etc', cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.splitlines()[0] == 'wrote kotae-import/kotae.yaml'
    assert (tmp_path / 'kotae-import/zones/example.com.zone').exists()


@pytest.mark.parametrize('kind', ['gdnsd', 'bigip'])
def test_what_cannot_be_read_is_an_error_and_writes_nothing(kind, tmp_path):
    done = kotae('import', kind, tmp_path / 'none', '--out', tmp_path / 'out')
    assert done.returncode == 1 and 'No such file or directory' in done.stderr
    if kind == 'gdnsd':
        source = gdnsd_directory(tmp_path / 'gdnsd', 'plugins => { geoip => {')
    else:
        source = tmp_path / 'gtm.conf'
        source.write_text('gtm pool a /Common/p {\n')
    done = kotae('--json', 'import', kind, source, '--out', tmp_path / 'out')
    reply = json.loads(done.stdout)
    assert (reply['status'], reply['result'], reply['errors-total']) == (1, {}, 1)
    assert 'not closed' in reply['errors'][0]['text'] and not (tmp_path / 'out').exists()

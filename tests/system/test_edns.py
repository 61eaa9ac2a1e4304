"""EDNS as clients and other servers see it: cookies, NSID, errors, zone version, keepalive, class CH."""
import re
import struct
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

import harness

ZONE = '''$TTL 300
@ SOA ns hostmaster 2024110501 3600 900 1209600 60
@ NS ns
ns A 192.0.2.1
'''
SECRETS = ['445536bcd2513298075a5d379663c962', 'dd3bdf9344b678b185a6f5cb60fca715']
CLIENT_COOKIE = bytes.fromhex('2464c4abcf10c957')
KEEPALIVE, COOKIE, NSID, ZONEVERSION, REPORT_CHANNEL = 11, 10, 3, 19, 18


@pytest.fixture(scope='module')
def zone_file(tmp_path_factory):
    path = tmp_path_factory.mktemp('zone') / 'example.test.zone'
    path.write_text(ZONE)
    return path


@pytest.fixture(scope='module')
def server(tmp_path_factory, zone_file):
    directory = tmp_path_factory.mktemp('edns')
    secrets = directory / 'cookie.key'
    secrets.write_text('\n'.join(SECRETS) + '\n')
    secrets.chmod(0o600)
    config = {'node': {'name': 'tokyo-1', 'version': 'kotae under test', 'cookie-secret-file': str(secrets)},
              'authority': {'report-agent': 'agent.report.example'}, 'tcp': {'idle': '20s'}}
    with harness.Kotae(directory, {'example.test': zone_file}, config=config) as kotaed:
        yield kotaed


def ask(server, *options, name='ns.example.test', rdtype='A', tcp=False, flags=0, payload=1232):
    query = dns.message.make_query(name, rdtype)
    query.use_edns(0, flags, payload, options=[dns.edns.GenericOption(code, data) for code, data in options])
    return (server.tcp if tcp else server.udp)(query)


def option(reply, code):
    """The octets of an option of the reply, or None."""
    found = [o.to_wire() for o in reply.options if o.otype == code]
    assert len(found) <= 1
    return found[0] if found else None


def test_do_goes_back_and_version_0_is_all_there_is(server):
    reply = ask(server, flags=dns.flags.DO)
    assert reply.edns == 0 and reply.ednsflags & 0xffff == dns.flags.DO and reply.payload == 1232
    assert ask(server).ednsflags & 0xffff == 0
    query = dns.message.make_query('ns.example.test', 'A')
    query.use_edns(1)
    reply = server.udp(query)
    assert reply.rcode() == dns.rcode.BADVERS and reply.edns == 0 and not reply.answer


def test_without_edns_in_the_query_there_is_none_in_the_answer(server):
    for name in ('ns.example.test', 'other.example'):
        assert server.ask(name, use_edns=False).edns == -1


def test_nsid_names_the_node_when_asked(server):
    assert option(ask(server, (NSID, b'')), NSID) == b'tokyo-1'
    assert option(ask(server), NSID) is None


def test_dig_shows_nsid_and_gets_a_good_cookie(server):
    out = harness.run(harness.tool('dig'), f'@{server.address}', '-p', str(server.port), 'ns.example.test', '+nsid', '+cookie', '+norec')
    assert '("tokyo-1")' in out
    assert re.search(r'; COOKIE: [0-9a-f]{48} \(good\)', out)


def test_kdig_takes_the_cookie(server):
    out = harness.run(harness.tool('kdig'), f'@{server.address}', '-p', str(server.port), 'ns.example.test', '+cookie', '+badcookie')
    assert 'status: NOERROR' in out and re.search(r'COOKIE: [0-9A-Fa-f]+', out) and 'WARNING' not in out


def test_the_zone_version_is_its_serial_and_only_where_a_zone_answers(server):
    expected = struct.pack('>BBI', 2, 0, 2024110501)
    assert option(ask(server, (ZONEVERSION, b'')), ZONEVERSION) == expected
    assert option(ask(server, (ZONEVERSION, b''), name='nx.example.test'), ZONEVERSION) == expected
    assert option(ask(server, (ZONEVERSION, b''), name='other.example'), ZONEVERSION) is None
    assert option(ask(server), ZONEVERSION) is None


def test_the_report_channel_is_told_unasked(server):
    agent = dns.name.from_text('agent.report.example').to_wire()
    assert option(ask(server), REPORT_CHANNEL) == agent
    assert option(ask(server, name='nx.example.test'), REPORT_CHANNEL) == agent
    assert option(ask(server, name='_er.1.x.7._er.agent.report.example', rdtype='TXT'), REPORT_CHANNEL) is None


def test_keepalive_is_for_tcp(server):
    assert option(ask(server, (KEEPALIVE, b''), tcp=True), KEEPALIVE) == struct.pack('>H', 200)
    assert option(ask(server, (KEEPALIVE, b'')), KEEPALIVE) is None
    assert option(ask(server, tcp=True), KEEPALIVE) is None


def test_a_refusal_says_why(server):
    reply = ask(server, name='other.example')
    assert reply.rcode() == dns.rcode.REFUSED
    assert [int(o.code) for o in reply.options if o.otype == dns.edns.EDE] == [20]


def test_a_client_subnet_does_not_come_back_where_answers_do_not_depend_on_it(server):
    reply = ask(server, (8, bytes.fromhex('00011800c00002')))
    assert reply.rcode() == 0 and option(reply, 8) is None


@pytest.mark.parametrize('code,data', [
    (8, '00011801c00002'), (8, '00011400c0000f'), (8, '00011800c000'), (8, '0001'),
    (10, '01020304050607'), (10, '010203040506070809'), (10, '00' * 41), (14, '010203'), (14, ''),
])
def test_malformed_options_are_format_errors_as_with_bind(server, bind_cookies, code, data):
    for who in (server, bind_cookies):
        reply = ask(who, (code, bytes.fromhex(data)))
        assert reply.rcode() == dns.rcode.FORMERR, who.kind


@pytest.mark.parametrize('code,data', [
    (3, '616263'), (11, ''), (12, '00' * 8), (14, '4f66'), (9, ''), (8, '00010000'), (8, '00023800200100db800000'), (65001, 'ff'),
])
def test_sound_options_do_no_harm(server, bind_cookies, code, data):
    for who in (server, bind_cookies):
        assert ask(who, (code, bytes.fromhex(data))).rcode() == dns.rcode.NOERROR, who.kind


def test_class_ch_tells_node_and_version_and_refuses_the_rest(server):
    def text(name, rdtype='TXT'):
        reply = server.ask(name, rdtype, 'CH')
        return reply.answer[0][0].strings[0].decode() if reply.answer else dns.rcode.to_text(reply.rcode())
    assert [text(name) for name in ('id.server', 'hostname.bind')] == ['tokyo-1'] * 2
    assert [text(name) for name in ('version.bind', 'version.server')] == ['kotae under test'] * 2
    assert text('authors.bind') == text('example.test') == text('id.server', 'A') == 'REFUSED'


class BindCookies(harness.Bind):
    """Answers over UDP only who has a valid server cookie, when require is set."""

    def configure(self):
        command = super().configure()
        path = self.path('named.conf')
        with open(path) as conf:
            text = conf.read()
        require = 'yes' if self.options.get('require') else 'no'
        text = text.replace('options {', f'options {{ cookie-algorithm siphash24; cookie-secret "{SECRETS[0]}"; answer-cookie yes; '
                                         f'require-server-cookie {require};', 1)
        self.write('named.conf', text)
        return command

    def wait_ready(self):
        if not self.options.get('require'):
            return super().wait_ready()
        time.sleep(0.1)
        deadline = time.monotonic() + harness.START_SECONDS
        while True:  # TCP needs no cookie
            try:
                if self.ask('example.test', 'SOA', tcp=True, timeout=0.5).answer:
                    return None
            except (dns.exception.Timeout, OSError):
                pass
            assert time.monotonic() < deadline and self.running(), self.log()
            time.sleep(0.05)


class KnotCookies(harness.Knot):
    def configure(self):
        command = super().configure()
        with open(self.path('knot.conf')) as conf:
            text = conf.read()
        text = text.replace('template:\n', f'mod-cookies:\n  - id: default\n    secret: 0x{SECRETS[0]}\n    badcookie-slip: 1\ntemplate:\n', 1)
        text = text.replace('    semantic-checks: off\n', '    semantic-checks: off\n    global-module: mod-cookies/default\n', 1)
        self.write('knot.conf', text)
        return command


class NsdCookies(harness.Nsd):
    def configure(self):
        command = super().configure()
        with open(self.path('nsd.conf')) as conf:
            text = conf.read()
        self.write('nsd.conf', text.replace('server:\n', f'server:\n  answer-cookie: yes\n  cookie-secret: "{SECRETS[0]}"\n', 1))
        return command


@pytest.fixture(scope='module')
def bind_cookies(tmp_path_factory, zone_file):
    with BindCookies(tmp_path_factory.mktemp('bind'), {'example.test': zone_file}, require=False) as bind:
        yield bind


@pytest.mark.parametrize('kind', [BindCookies, KnotCookies, NsdCookies])
def test_cookies_of_other_servers_with_the_secret_are_valid_here(server, tmp_path, zone_file, kind):
    with kind(tmp_path, {'example.test': zone_file}) as peer:
        theirs = option(ask(peer, (COOKIE, CLIENT_COOKIE)), COOKIE)
        assert len(theirs) == 24 and theirs[:8] == CLIENT_COOKIE
        # A valid and fresh one comes back as it is; any other is replaced.
        assert option(ask(server, (COOKIE, theirs)), COOKIE) == theirs
        wrong = theirs[:-1] + bytes([theirs[-1] ^ 1])
        ours = option(ask(server, (COOKIE, wrong)), COOKIE)
        assert ours[:12] == CLIENT_COOKIE + b'\1\0\0\0' and ours != wrong


def test_bind_takes_our_cookies_and_no_others(server, tmp_path, zone_file):
    ours = option(ask(server, (COOKIE, CLIENT_COOKIE)), COOKIE)
    with BindCookies(tmp_path, {'example.test': zone_file}, require=True) as bind:
        assert ask(bind, (COOKIE, ours)).rcode() == dns.rcode.NOERROR
        assert ask(bind, (COOKIE, ours[:-1] + bytes([ours[-1] ^ 1]))).rcode() == dns.rcode.BADCOOKIE


def test_nsd_and_knot_take_our_cookies(server, tmp_path, zone_file):
    ours = option(ask(server, (COOKIE, CLIENT_COOKIE)), COOKIE)
    wrong = ours[:-1] + bytes([ours[-1] ^ 1])
    with NsdCookies(tmp_path, {'example.test': zone_file}) as nsd:
        assert option(ask(nsd, (COOKIE, ours)), COOKIE) == ours
        assert option(ask(nsd, (COOKIE, wrong)), COOKIE) != wrong
    with KnotCookies(tmp_path, {'example.test': zone_file}) as knot:
        assert ask(knot, (COOKIE, ours)).rcode() == dns.rcode.NOERROR
        assert ask(knot, (COOKIE, wrong)).rcode() == dns.rcode.BADCOOKIE

"""Random rdata as zone text, and what other implementations make of it.

Oracles: BIND's named-compilezone (its raw format has the wire form), and dnspython.
"""
import base64
import ipaddress
import os
import random
import re
import struct
import subprocess

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

# --- text at random -------------------------------------------------------------------


def number(r, bits):
    return str(r.choice([0, 1, (1 << bits) - 1, r.getrandbits(bits), r.getrandbits(bits)]))


def u8(r):
    return number(r, 8)


def u16(r):
    return number(r, 16)


def u32(r):
    return number(r, 32)


def octets(r, low, high):
    return r.randbytes(r.randint(low, high))


def label(r):
    if r.random() < 0.8:
        return ''.join(r.choice('abcXYZ019-_') for _ in range(r.randint(1, 12)))
    out = ''
    for _ in range(r.randint(1, 8)):
        c = r.getrandbits(8)
        out += f'\\{c:03}' if r.random() < 0.5 or not 97 <= c <= 122 else chr(c)
    return out


def name(r):
    if r.random() < 0.05:
        return '.'
    return '.'.join(label(r) for _ in range(r.randint(1, 4))) + '.'


def ipv4(r):
    return str(ipaddress.IPv4Address(r.getrandbits(32)))


def ipv6(r):
    v = r.getrandbits(128)
    for _ in range(r.randint(0, 3)):
        low, high = sorted((r.randint(0, 128), r.randint(0, 128)))
        v &= ~(((1 << (high - low)) - 1) << low)
    a = ipaddress.IPv6Address(v)
    return r.choice([str(a), a.exploded, str(a).upper()])


def pieces(r, text):
    """Text with white space in it, as zone files break long fields."""
    if r.random() < 0.5 or len(text) < 8:
        return text
    at = r.randint(1, len(text) - 1)
    return text[:at] + r.choice([' ', '\t', '  ']) + text[at:]


def b64(r, low=1, high=80):
    return pieces(r, base64.b64encode(octets(r, low, high)).decode())


def hexa(r, low=1, high=64, broken=True):
    text = octets(r, low, high).hex()
    text = r.choice([text, text.upper()])
    return pieces(r, text) if broken else text


def string(r, high=40):
    """A character-string, in quotes or not."""
    out, quoted = '', r.random() < 0.6
    for _ in range(r.randint(0 if quoted else 1, high)):
        c = r.getrandbits(7) if r.random() < 0.8 else r.getrandbits(8)
        if 48 <= c <= 57 or 97 <= c <= 122 or 65 <= c <= 90:
            out += chr(c)
        elif quoted and 32 <= c < 127 and c not in (34, 92):
            out += chr(c)
        elif 33 <= c < 127 and c != 35 and r.random() < 0.5:  # "\\#" alone is RFC 3597's mark
            out += '\\' + chr(c)
        else:
            out += f'\\{c:03}'
    return f'"{out}"' if quoted else out


def strings(r):
    return ' '.join(string(r) for _ in range(r.randint(1, 5)))


TYPES = ['A', 'NS', 'SOA', 'MX', 'TXT', 'AAAA', 'SRV', 'DS', 'RRSIG', 'NSEC', 'DNSKEY', 'CAA', 'URI',
         'TYPE1234', 'TYPE65280', 'TLSA', 'TYPE256', 'NSEC3PARAM']


def types(r, low=1):
    return ' '.join(r.sample(TYPES, r.randint(low, 8)))


def span(r):
    return r.choice([str(r.getrandbits(31)), '1h30m', '2d', '1w', '0', '5M', '3600S'])


ALGORITHMS = ['5', '8', '13', '15', '253', 'RSASHA256', 'ECDSAP256SHA256', 'ED25519', 'rsasha512', 'RSASHA1']


def time(r, seconds=True):
    """RFC 4034 s.3.2; BIND reads seconds in RRSIG and not in SIG."""
    date = (f'{r.randint(1980, 2100)}{r.randint(1, 12):02}{r.randint(1, 28):02}{r.randint(0, 23):02}'
            f'{r.randint(0, 59):02}{r.randint(0, 59):02}')
    return r.choice(['20300101000000', '20040509183619', str(10 ** 9 + r.getrandbits(30)) if seconds else date, date])


def digest(r):
    kind, octet_count = r.choice([(1, 20), (2, 32), (4, 48)])
    return f'{kind} {hexa(r, octet_count, octet_count)}'


def ds(r):
    return f'{u16(r)} {r.choice(ALGORITHMS)} {digest(r)}'


def dnskey(r):
    return f'{u16(r)} {r.choice(["3", "3", "DNSSEC"])} {r.choice(ALGORITHMS)} {b64(r, 4)}'


def sig(r, seconds=True):
    return (f'{r.choice(TYPES)} {r.choice(ALGORITHMS)} {r.randint(8, 255)} {r.getrandbits(31)} {time(r, seconds)} {time(r, seconds)} {u16(r)} '
            f'{name(r)} {b64(r)}')


def loc(r):
    def axis(top, plus, minus):
        d = r.randint(0, top)
        full = d == top
        out = str(d)
        if r.random() < 0.8:
            out += f' {0 if full else r.randint(0, 59)}'
            if r.random() < 0.8:
                out += f' {0 if full else r.randint(0, 59)}' + r.choice(['', '.0', f'.{0 if full else r.randint(0, 999):03}'])
        return out + ' ' + r.choice([plus, minus])
    altitude = r.choice(['0m', '-100000.00m', '42849672.95m', '10', f'{r.randint(-99999, 99999)}.{r.randint(0, 99):02}m'])
    sizes = [f'{r.randint(1, 9)}{"0" * r.randint(0, 7)}m', f'0.0{r.randint(1, 9)}m', '0m', '90000000m']
    tail = ''.join(' ' + r.choice(sizes) for _ in range(r.randint(0, 3)))
    return f'{axis(90, "N", "S")} {axis(180, "E", "W")} {altitude}{tail}'


def apl(r):
    out = []
    for _ in range(r.randint(0, 4)):
        no = r.choice(['', '!'])
        if r.random() < 0.5:
            out.append(f'{no}1:{ipv4(r)}/{r.randint(0, 32)}' if r.random() < 0.7 else f'{no}1:10.0.0.0/8')
        else:
            out.append(f'{no}2:{ipv6(r)}/{r.randint(0, 128)}')
    return ' '.join(out)


def escaped(octet):
    """One octet of a list item as zone text, by RFC 9460 appendix A."""
    c = chr(octet)
    inner = ('\\' + c) if c in ',\\' else c
    out = ''
    for k in inner:
        o = ord(k)
        out += '\\' + k if k in '"\\' else k if 33 <= o < 127 else f'\\{o:03}'
    return out


def alpn(r):
    return ','.join(''.join(escaped(o if r.random() < 0.3 else 97 + o % 26) for o in octets(r, 1, 8))
                    for _ in range(r.randint(1, 3)))


def svcb(r):
    params = {}
    if r.random() < 0.6:
        params['alpn'] = f'alpn="{alpn(r)}"'
        if r.random() < 0.3:
            params['no-default-alpn'] = 'no-default-alpn'
    if r.random() < 0.4:
        params['port'] = f'port={u16(r)}'
    if r.random() < 0.4:
        params['ipv4hint'] = 'ipv4hint=' + ','.join(ipv4(r) for _ in range(r.randint(1, 3)))
    if r.random() < 0.4:
        hints = ','.join(ipv6(r) for _ in range(r.randint(1, 3)))
        params['ipv6hint'] = r.choice([f'ipv6hint={hints}', f'ipv6hint="{hints}"'])
    if r.random() < 0.3:
        params['ech'] = 'ech=' + base64.b64encode(octets(r, 1, 40)).decode()
    if r.random() < 0.3:
        number_of = r.randint(100, 65534)
        params[f'key{number_of}'] = f'key{number_of}="' + ''.join(f'\\{o:03}' for o in octets(r, 0, 10)) + '"'
    if params and r.random() < 0.3:
        chosen = r.sample(sorted(params), r.randint(1, len(params)))
        params['mandatory'] = 'mandatory=' + ','.join(chosen)
    words = list(params.values())
    r.shuffle(words)
    return f'{r.randint(1, 65535)} {name(r)} {" ".join(words)}'


def a6(r):
    prefix = r.choice([0, 64, 128, r.randint(1, 127)])
    suffix = ipaddress.IPv6Address(r.getrandbits(128) & ((1 << (128 - prefix)) - 1))
    return f'{prefix}' + (f' {suffix}' if prefix < 128 else '') + (f' {name(r)}' if prefix else '')


def gateway(r, kind):
    return ['.', ipv4(r), ipv6(r), name(r)][kind]


def ipseckey(r):
    kind = r.randint(0, 3)
    return f'{u8(r)} {kind} {r.randint(1, 3)} {gateway(r, kind)} {b64(r)}'


def amtrelay(r):
    kind = r.randint(0, 3)
    return f'{u8(r)} {r.randint(0, 1)} {kind} {gateway(r, kind)}'


def hash32(r):
    return base64.b32hexencode(r.randbytes(20)).decode().rstrip('=')


def nsec3(r):
    salt = r.choice(['-', r.randbytes(r.randint(1, 8)).hex()])
    return f'1 {r.randint(0, 1)} {u16(r)} {salt} {r.choice([str.lower, str.upper])(hash32(r))} {types(r, 0)}'


def id64(r):
    return ':'.join(f'{r.getrandbits(16):x}' for _ in range(4))


def eui(r, n):
    return r.randbytes(n).hex('-')


def caa(r):
    return f'{u8(r)} {r.choice(["issue", "issuewild", "iodef", "x1"])} {r.choice([string(r), "ca.example.net"])}'


def zonemd(r):
    kind, n = r.choice([(1, 48), (2, 64), (240, 20)])
    return f'{u32(r)} {r.randint(1, 255)} {kind} {hexa(r, n, n)}'


def sshfp(r):
    kind, n = r.choice([(1, 20), (2, 32)])
    return f'{u8(r)} {kind} {hexa(r, n, n)}'


GENERATORS = {
    'A': ipv4, 'NS': name, 'MD': name, 'MF': name, 'CNAME': name, 'MB': name, 'MG': name, 'MR': name,
    'SOA': lambda r: f'{name(r)} {name(r)} {u32(r)} {span(r)} {span(r)} {span(r)} {span(r)}',
    'WKS': lambda r: f'{ipv4(r)} {r.choice(["6", "17", "tcp", "udp"])} ' + ' '.join(
        str(r.randint(0, 1023)) for _ in range(r.randint(1, 5))),
    'PTR': name, 'HINFO': lambda r: f'{string(r)} {string(r)}', 'MINFO': lambda r: f'{name(r)} {name(r)}',
    'MX': lambda r: f'{u16(r)} {name(r)}', 'TXT': strings, 'RP': lambda r: f'{name(r)} {name(r)}',
    'AFSDB': lambda r: f'{u16(r)} {name(r)}', 'X25': lambda r: f'"{r.randint(10000, 10 ** 14)}"',
    'ISDN': lambda r: r.choice([f'"{r.randint(10000, 10 ** 14)}"', f'"{r.randint(10000, 10 ** 14)}" "00{r.randint(0, 9)}"']),
    'RT': lambda r: f'{u16(r)} {name(r)}', 'NSAP': lambda r: '0x' + r.choice(['47.0005.', '']) + r.randbytes(r.randint(1, 18)).hex(),
    'NSAP-PTR': name, 'SIG': lambda r: sig(r, False), 'KEY': lambda r: f'{r.choice(["256", "HOST", "NOCONF|ZONE", "0"])} 3 {r.choice(ALGORITHMS)} {b64(r, 4)}',
    'PX': lambda r: f'{u16(r)} {name(r)} {name(r)}', 'GPOS': lambda r: f'{r.randint(-180, 180)}.5 {r.randint(-90, 90)}.25 {r.randint(-99, 9999)}.0',
    'AAAA': ipv6, 'LOC': loc, 'NXT': lambda r: f'{name(r)} {" ".join(r.sample(["A", "NS", "SOA", "MX", "TXT", "AAAA", "SRV", "SIG", "NXT"], r.randint(1, 6)))}',
    'EID': hexa, 'NIMLOC': hexa, 'SRV': lambda r: f'{u16(r)} {u16(r)} {u16(r)} {name(r)}',
    'ATMA': lambda r: r.choice([f'+{r.randint(1, 10 ** 12)}', r.randbytes(20).hex()]),
    'NAPTR': lambda r: f'{u16(r)} {u16(r)} "{r.choice("sSaAuUpP")}" "E2U+sip" "{r.choice(["", "!^.*$!sip:x@y!", "!a(b)c!d" + chr(92) * 2 + "1!i"])}" {name(r)}',
    'KX': lambda r: f'{u16(r)} {name(r)}',
    'CERT': lambda r: f'{r.choice(["PKIX", "PGP", "1", "254", "OID", "IPKIX"])} {u16(r)} {r.choice(ALGORITHMS)} {b64(r)}',
    'A6': a6, 'DNAME': name, 'SINK': lambda r: f'{u8(r)} {u8(r)} {u8(r)} {b64(r)}', 'APL': apl, 'DS': ds, 'SSHFP': sshfp,
    'IPSECKEY': ipseckey, 'RRSIG': sig, 'NSEC': lambda r: f'{name(r)} {types(r)}', 'DNSKEY': dnskey, 'DHCID': b64,
    'NSEC3': nsec3, 'NSEC3PARAM': lambda r: f'1 {u8(r)} {u16(r)} {r.choice(["-", "aabbcc"])}',
    'TLSA': lambda r: f'{u8(r)} {u8(r)} {u8(r)} {hexa(r)}', 'SMIMEA': lambda r: f'{u8(r)} {u8(r)} {u8(r)} {hexa(r)}',
    'HIP': lambda r: f'{u8(r)} {hexa(r, 1, 20, False)} {base64.b64encode(octets(r, 1, 40)).decode()} ' + ' '.join(
        name(r) for _ in range(r.randint(0, 3))),
    'NINFO': strings, 'RKEY': lambda r: f'0 {u8(r)} {r.choice(ALGORITHMS)} {b64(r, 4)}', 'TALINK': lambda r: f'{name(r)} {name(r)}',
    'CDS': ds, 'CDNSKEY': dnskey, 'OPENPGPKEY': b64, 'CSYNC': lambda r: f'{u32(r)} {u16(r)} {types(r, 0)}', 'ZONEMD': zonemd,
    'SVCB': svcb, 'HTTPS': svcb, 'SPF': strings, 'NID': lambda r: f'{u16(r)} {id64(r)}', 'L32': lambda r: f'{u16(r)} {ipv4(r)}',
    'L64': lambda r: f'{u16(r)} {id64(r)}', 'LP': lambda r: f'{u16(r)} {name(r)}', 'EUI48': lambda r: eui(r, 6), 'EUI64': lambda r: eui(r, 8),
    'URI': lambda r: f'{u16(r)} {u16(r)} "https://{label(r)}/{r.randint(0, 99)}"', 'CAA': caa, 'AVC': strings,
    'DOA': lambda r: f'{u32(r)} {u32(r)} {u8(r)} {string(r)} {r.choice(["-", b64(r)])}', 'AMTRELAY': amtrelay, 'TA': ds, 'DLV': ds,
    'RESINFO': strings, 'WALLET': strings,
    'TYPE731': lambda r: (lambda o: f'\\# {len(o)} {o.hex()}')(octets(r, 0, 40)),
}

# --- oracles --------------------------------------------------------------------------


def ask(program, lines):
    """What tests/lib/rdata_tool.c answers to each line: octets, or a sentence."""
    done = subprocess.run([program], input='\n'.join(lines) + '\n', capture_output=True, text=True,
                          encoding='latin-1', check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    out = []
    for line in answers:
        verdict, _, rest = line.partition(' ')
        assert verdict in ('ok', 'error'), line
        out.append(bytes.fromhex(rest.split(' ')[0].replace('-', '')) if verdict == 'ok' else rest)
    return out


def parse_raw(data):
    """Owner (wire) -> (type, rdata) of BIND's raw format, version 1."""
    out = {}
    form, version = struct.unpack('>II', data[:8])
    assert (form, version) == (2, 1)
    at = 24
    while at < len(data):
        total, _, rdtype, _, _, count, owner_len = struct.unpack('>IHHHIIH', data[at:at + 20])
        owner = data[at + 20:at + 20 + owner_len]
        p = at + 20 + owner_len
        for _ in range(count):
            n, = struct.unpack('>H', data[p:p + 2])
            out.setdefault(owner.lower(), []).append((rdtype, data[p + 2:p + 2 + n]))
            p += 2 + n
        assert p == at + total
        at = p
    return out


def bind_wire(program, lines, folder):
    """For each "TYPE rdata": octets, or a sentence why BIND refuses it.  folder is for files."""
    refused = {}
    for _ in range(50):
        path, raw = os.path.join(folder, 'zone'), os.path.join(folder, 'raw')
        head = ['example. 60 IN SOA ns.example. m.example. 1 2 3 4 5', 'example. 60 IN NS ns.example.',
                'ns.example. 60 IN A 192.0.2.1']
        with open(path, 'w', encoding='latin-1') as f:
            f.write('\n'.join(head) + '\n')
            for i, line in enumerate(lines):
                f.write(';\n' if i in refused else f'n{i}.example. 60 IN {line}\n')
        done = subprocess.run([program, '-i', 'none', '-k', 'ignore', '-n', 'ignore', '-m', 'ignore', '-M', 'ignore',
                               '-r', 'ignore', '-S', 'ignore', '-T', 'ignore', '-W', 'ignore', '-f', 'text', '-F', 'raw', '-o', raw,
                               'example', path], capture_output=True, text=True, encoding='latin-1')
        if done.returncode == 0:
            break
        new = 0
        for m in re.finditer(r':(\d+): (.*)', done.stdout + done.stderr):
            i = int(m[1]) - 1 - len(head)
            # "signature has expired" is a warning, and the time is random.
            if 0 <= i < len(lines) and i not in refused and 'expired' not in m[2]:
                refused[i] = m[2]
                new += 1
        assert new, done.stdout + done.stderr
    with open(raw, 'rb') as f:
        records = parse_raw(f.read())
    out = []
    for i in range(len(lines)):
        owner = dns.name.from_text(f'n{i}.example.').to_wire().lower()
        if i in refused:
            out.append(refused[i])
        else:
            out.append(records[owner][0][1])
    return out


def dnspython_wire(line):
    """Octets, a sentence when it refuses, None when it does not know the type."""
    word, _, text = line.partition(' ')
    try:
        rdtype = dns.rdatatype.from_text(word)
    except dns.rdatatype.UnknownRdatatype:
        return None
    if dns.rdata.get_rdata_class(dns.rdataclass.IN, rdtype) is dns.rdata.GenericRdata and not text.startswith('\\#'):
        return None
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin=dns.name.root, relativize=False).to_wire()
    except Exception as e:  # dnspython raises whatever its parts raise
        return f'{type(e).__name__} {e}'

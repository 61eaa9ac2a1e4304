"""DNS messages as octets: a small writer of queries and a reader that gives comparable sections.

The reader is independent of kotae and of dnspython, and strict: what it cannot read is an
error of the server that wrote it.
"""
import collections
import struct

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, DNAME, OPT = 1, 2, 5, 6, 12, 15, 16, 28, 39, 41
DS, RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, ANY = 43, 46, 47, 48, 50, 51, 255
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, YXDOMAIN = 0, 1, 2, 3, 4, 5, 6
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x400, 0x200, 0x100, 0x80, 0x20, 0x10

TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'NULL': 10, 'PTR': 12, 'HINFO': 13, 'MX': 15, 'TXT': 16,
         'RP': 17, 'AFSDB': 18, 'AAAA': 28, 'LOC': 29, 'SRV': 33, 'NAPTR': 35, 'KX': 36, 'CERT': 37,
         'DNAME': 39, 'APL': 42, 'DS': 43, 'SSHFP': 44, 'RRSIG': 46, 'NSEC': 47, 'DNSKEY': 48, 'NSEC3': 50,
         'NSEC3PARAM': 51, 'TLSA': 52, 'SMIMEA': 53, 'HIP': 55, 'CDS': 59, 'CDNSKEY': 60, 'OPENPGPKEY': 61,
         'CSYNC': 62, 'SVCB': 64, 'HTTPS': 65, 'SPF': 99, 'EUI48': 108, 'EUI64': 109, 'ANY': 255, 'URI': 256,
         'CAA': 257}
TYPE_NAMES = {number: name for name, number in TYPES.items()}

# Where names are in the data of a type: n a name, a number so many octets, * the rest.
NAMES_IN = {2: 'n', 5: 'n', 6: 'nn*', 12: 'n', 15: '2n', 17: 'nn', 18: '2n', 33: '6n', 36: '2n', 39: 'n',
            46: '18n*', 47: 'n*', 64: '2n*', 65: '2n*'}


class Malformed(Exception):
    """A message that cannot be read."""


Record = collections.namedtuple('Record', 'owner type rdclass ttl data')


def type_name(number):
    return TYPE_NAMES.get(number, f'TYPE{number}')


def name_text(name):
    """A wire name (bytes) as text, for people."""
    out, i = [], 0
    while name[i]:
        label = name[i + 1:i + 1 + name[i]]
        out.append(''.join(chr(c) if chr(c).isalnum() or c in b'-_*' else f'\\{c:03d}' for c in label))
        i += 1 + name[i]
    return '.'.join(out) + '.'


def name_wire(text):
    """Text with escapes as a wire name, letter case kept."""
    labels, label, i = [], bytearray(), 0
    while i < len(text):
        c = text[i]
        if c == '\\':
            if text[i + 1].isdigit():
                label.append(int(text[i + 1:i + 4]))
                i += 4
            else:
                label.append(ord(text[i + 1]))
                i += 2
            continue
        if c == '.':
            if label:
                labels.append(bytes(label))
            label = bytearray()
        else:
            label.append(ord(c))
        i += 1
    if label:
        labels.append(bytes(label))
    return b''.join(bytes([len(one)]) + one for one in labels) + b'\0'


def labels_of(name):
    out, i = [], 0
    while name[i]:
        out.append(name[i + 1:i + 1 + name[i]])
        i += 1 + name[i]
    return out


def from_labels(labels):
    return b''.join(bytes([len(one)]) + one for one in labels) + b'\0'


def is_below(name, origin):
    """name is origin or below it; both lower case, on a label boundary."""
    mine, its = labels_of(name), labels_of(origin)
    return mine[len(mine) - len(its):] == its if len(mine) >= len(its) else False


def query(ident, name, rdtype, rdclass=1, flags=0, edns=None, do=False, options=b''):
    """A query's octets; edns is the payload size, or None for no OPT."""
    message = struct.pack('>6H', ident, flags, 1, 0, 0, 0 if edns is None else 1) + name + struct.pack('>HH', rdtype, rdclass)
    if edns is not None:
        message += b'\0' + struct.pack('>HHIH', OPT, edns, 0x8000 if do else 0, len(options)) + options
    return message


def read_name(message, at):
    """(the name in lower case, the place behind it)."""
    out, behind, hops, length = [], None, 0, 1
    while True:
        if at >= len(message):
            raise Malformed('a name runs out of the message')
        octet = message[at]
        if octet >= 0xc0:
            if at + 2 > len(message):
                raise Malformed('a pointer runs out of the message')
            if behind is None:
                behind = at + 2
            target = (octet & 0x3f) << 8 | message[at + 1]
            hops += 1
            if target >= at or hops > 127:
                raise Malformed('a compression pointer does not point backwards')
            at = target
        elif octet >= 0x40:
            raise Malformed('a label of an unknown kind')
        elif octet == 0:
            return b''.join(out).lower() + b'\0', behind or at + 1
        else:
            length += octet + 1
            if length > 255:
                raise Malformed('a name is too long')
            out.append(message[at:at + 1 + octet])
            if len(out[-1]) != 1 + octet:
                raise Malformed('a label runs out of the message')
            at += 1 + octet


def read_data(message, at, length, rdtype):
    """RDATA with its names whole and in lower case."""
    layout = NAMES_IN.get(rdtype)
    end = at + length
    if layout is None:
        return message[at:end]
    out, i = [], 0
    while i < len(layout):
        if layout[i] == 'n':
            name, at = read_name(message, at)
            out.append(name)
            i += 1
        elif layout[i] == '*':
            out.append(message[at:end])
            at = end
            i += 1
        else:
            j = i
            while layout[j].isdigit():
                j += 1
            out.append(message[at:at + int(layout[i:j])])
            at += int(layout[i:j])
            i = j
    if at != end:
        raise Malformed(f'the data of a {type_name(rdtype)} record does not fill its length')
    return b''.join(out)


class Message:
    """What a reply says: header fields, the question's octets, three sets of records, EDNS."""

    def __init__(self, octets):
        self.octets = octets
        if len(octets) < 12:
            raise Malformed('shorter than a header')
        self.ident, self.flags, n_question, *counts = struct.unpack('>6H', octets[:12])
        self.rcode = self.flags & 15
        self.opcode = self.flags >> 11 & 15
        at, start = 12, 12
        for _ in range(n_question):
            _, at = read_name(octets, at)
            at += 4
        self.n_question = n_question
        self.question = octets[start:at]
        self.opt = None
        self.sections = []
        for count in counts:
            section = []
            for _ in range(count):
                owner, at = read_name(octets, at)
                if at + 10 > len(octets):
                    raise Malformed('a record runs out of the message')
                rdtype, rdclass, ttl, length = struct.unpack('>HHIH', octets[at:at + 10])
                at += 10
                if at + length > len(octets):
                    raise Malformed('data runs out of the message')
                if rdtype == OPT:
                    if self.opt is not None:
                        raise Malformed('two OPT records')
                    self.opt = (owner, rdclass, ttl, octets[at:at + length])
                    self.rcode |= ttl >> 24 << 4
                else:
                    section.append(Record(owner, rdtype, rdclass, ttl, read_data(octets, at, length, rdtype)))
                at += length
            self.sections.append(section)
        if at != len(octets):
            raise Malformed(f'{len(octets) - at} octets behind the last record')
        self.answer, self.authority, self.additional = self.sections

    def flag(self, bit):
        return bool(self.flags & bit)

    def edns_options(self):
        """[(code, data)]"""
        out, data = [], self.opt[3] if self.opt else b''
        while data:
            code, length = struct.unpack('>HH', data[:4])
            out.append((code, data[4:4 + length]))
            data = data[4 + length:]
        return out

    def text(self):
        flags = ' '.join(word for word, bit in (('aa', AA), ('tc', TC), ('rd', RD), ('ra', RA), ('ad', AD), ('cd', CD)) if self.flags & bit)
        out = [f';; rcode {self.rcode} flags {flags} opt {self.opt is not None} size {len(self.octets)}']
        for title, section in zip(('answer', 'authority', 'additional'), self.sections):
            out += [f'  {title}: {record_text(r)}' for r in sorted(section)]
        return '\n'.join(out)


def record_text(record):
    data = record.data
    if record.type in (NS, CNAME, PTR, DNAME):
        shown = name_text(data)
    elif record.type == RRSIG:
        shown = f'{type_name(int.from_bytes(data[:2], "big"))} labels {data[3]} ...'
    elif record.type == NSEC:
        shown = name_text(data[:read_name(data, 0)[1]]) + ' ' + data[read_name(data, 0)[1]:].hex()
    else:
        shown = data.hex() if len(data) <= 48 else data[:48].hex() + f'... ({len(data)})'
    return f'{name_text(record.owner)} {record.ttl} {type_name(record.type)} {shown}'

#!/usr/bin/python3
"""Writes the seeds of fuzz/corpus/{name,message,edns,answer} that people thought of; the rest a fuzzer found."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = dict(A=1, NS=2, CNAME=5, SOA=6, MX=15, TXT=16, AAAA=28, SRV=33, DNAME=39, DS=43, RRSIG=46, NSEC=47, DNSKEY=48, NSEC3=50, NSEC3PARAM=51,
             IXFR=251, AXFR=252, ANY=255)


def save(target, name, octets):
    os.makedirs(f"{HERE}/corpus/{target}", exist_ok=True)
    with open(f"{HERE}/corpus/{target}/{name}", "wb") as f:
        f.write(octets)


def wire(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def option(code, data=b""):
    return struct.pack(">HH", code, len(data)) + data


def opt(size=1232, do=True, options=b"", version=0):
    return b"\0" + struct.pack(">HHBBHH", 41, size, 0, version, 0x8000 if do else 0, len(options)) + options


def query(name, qtype, edns=None, flags=0x0100, qclass=1, extra=b"", counts=(1, 0, 0), tail=b""):
    additional = (edns is not None) + (1 if tail else 0)
    return struct.pack(">HHHHHH", 0x1234, flags, *counts, additional) + wire(name) + struct.pack(">HH", qtype, qclass) + extra + (edns or b"") + tail


COOKIE = option(10, bytes(range(8)))
SERVER_COOKIE = option(10, bytes(range(8)) + b"\1\0\0\0" + bytes(12))
ECS4 = option(8, b"\0\1\x18\0\xc0\0\2")
ECS6 = option(8, b"\0\2\x38\0\x20\1\x0d\xb8\0\0\0")
OPTIONS = {
    "none": b"", "nsid": option(3), "cookie": COOKIE, "server-cookie": SERVER_COOKIE, "ecs4": ECS4, "ecs6": ECS6,
    "ecs-bits": option(8, b"\0\1\x11\0\xc0\0\2"), "ecs-other": option(8, b"\0\3\x08\0\1"), "keepalive": option(11), "padding": option(12, bytes(20)),
    "key-tag": option(14, b"\x4f\x66\x4a\x5c"), "zoneversion": option(19), "expire": option(9), "unknown": option(65001, b"abc"),
    "all": option(3) + COOKIE + ECS4 + option(11) + option(12, bytes(8)) + option(19), "two-cookies": COOKIE + SERVER_COOKIE,
    "bad-cookie": option(10, b"abc"), "past-end": struct.pack(">HH", 3, 9),
}

TSIG = b"\3key\0" + struct.pack(">HHIH", 250, 255, 0, 61) + wire("hmac-sha256") + struct.pack(">HIHH", 0, 1800000000, 300, 32) + bytes(32) + \
    struct.pack(">HHH", 0x1234, 0, 0)


def seeds_name():
    for label, octets in {
        "root": b"\0" + b"\0", "plain": b"\0" + wire("www.Example.COM"), "pointer": b"\x05" + wire("a.b") + b"\1c\xc0\0",
        "loop": b"\0" + b"\xc0\0", "forward": b"\0" + b"\xc0\x05abc\0", "long-label": b"\0" + b"\x3f" + b"x" * 63 + b"\0",
        "longest": b"\0" + (b"\x3f" + b"y" * 63) * 3 + b"\x3d" + b"z" * 61 + b"\0", "too-long": b"\0" + (b"\x3f" + b"y" * 63) * 4 + b"\0",
        "many-labels": b"\0" + b"\1a" * 127 + b"\0", "binary": b"\0\4\0.\\\"\0", "text": b"\0www.example.com.", "escapes": b"\0a\\.b\\032c.d",
        "bad-escape": b"\0a\\300", "relative": b"\0www", "at": b"\0@", "empty-label": b"\0a..b", "extended": b"\0\x41abc", "pointers": b"\x0a" + wire("a") + b"\1b\xc0\0\1c\xc0\3",
    }.items():
        save("name", label, octets)


def seeds_edns():
    for label, octets in OPTIONS.items():
        save("edns", label, struct.pack(">HBBH", 1232, 0, 0, 0x8000) + octets)


def record(owner, rtype, rdata, ttl=300):
    return owner + struct.pack(">HHIH", rtype, 1, ttl, len(rdata)) + rdata


def seeds_message():
    for label, octets in OPTIONS.items():
        save("message", f"query-{label}", query("www.example.com", 1, opt(options=octets)))
    owner = b"\xc0\x0c"
    soa = wire("ns1.example.com") + b"\4root\xc0\x0c" + struct.pack(">IIIII", 1, 2, 3, 4, 5)
    answers = {
        "a": record(owner, 1, b"\xc0\0\2\1"), "mx": record(owner, 15, b"\0\x0a\4mail\xc0\x0c"), "soa": record(owner, 6, soa),
        "srv": record(owner, 33, b"\0\1\0\2\0\x35\3srv\xc0\x0c"), "txt": record(owner, 16, b"\3abc\0"), "cname": record(owner, 5, b"\1x\xc0\x0c", ttl=7),
        "naptr": record(owner, 35, b"\0\1\0\1\1u\3SIP\0\0"), "rrsig": record(owner, 46, struct.pack(">HBBIIIH", 1, 13, 3, 300, 2, 1, 9) + wire("example.com") + b"sig"),
        "nsec": record(owner, 47, wire("b.example.com") + b"\0\7\x62\1\x80\x08\0\2\x90"), "nsec3": record(owner, 50, b"\1\0\0\1\4salt\x14" + bytes(20) + b"\0\1\x40"),
        "svcb": record(owner, 64, b"\0\1\0\0\1\0\3\2h2\0\3\0\2\x01\xbb"), "tsig": record(wire("key"), 250, wire("hmac-sha256") + bytes(10) + b"\0\0\0\1\0\0\0\0"),
        "unknown": record(owner, 65280, b"abc"), "short": record(owner, 1, b"\xc0\0\2"),
    }
    for label, octets in answers.items():
        for first in (b"\x12", b"\x13"):
            message = first + struct.pack(">xHHHHH", 0x0100, 1, 3, 0, 0) + wire("www.example.com") + struct.pack(">HH", 1, 1) + octets * 3
            save("message", f"records-{label}-{first[0]:x}", message)
    save("message", "runt", b"\0" * 11)
    save("message", "response", query("a", 1, flags=0x8180))
    save("message", "notify", query("example.com", 6, flags=0x2400))
    save("message", "two-questions", query("a", 1, counts=(2, 0, 0), extra=wire("b") + b"\0\1\0\1"))
    save("message", "two-opt", query("a", 1, opt(), tail=opt()))
    save("message", "badvers", query("a", 1, opt(version=1)))
    save("message", "compressed-question", struct.pack(">HHHHHH", 1, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1")
    save("message", "tsig", query("a", 252, tail=TSIG))


def subnet(family, source, address):
    address = bytes.fromhex(address)
    return struct.pack(">HHHBB", 8, 4 + len(address), family, source, 0) + address


def seeds_answer():
    """First octet: see answer_fuzz.c."""
    names = ["", "www", "WwW", "nothing", "a.wild", "b.c.wild", "alias", "chain", "loop", "far", "below.dname", "dname", "child", "host.child", "ns.child", "unsigned",
             "www.unsigned", "deep.ent", "ent", "big", "mx", "_sip._tcp", "ns1", "x.www"]
    for zone in ("nsec.test", "nsec3.test", "optout.test"):
        for name in names:
            full = f"{name}.{zone}" if name else zone
            for label in ("A", "MX", "DS", "ANY") if name in ("", "www", "child", "unsigned", "a.wild", "nothing") else ("A",):
                save("answer", f"{zone}-{full.replace('/', '_')}-{label}", b"\0" + query(full, TYPES[label], opt()))
        for label in ("SOA", "NS", "DNSKEY", "NSEC3PARAM", "NSEC", "RRSIG", "AXFR", "IXFR"):
            save("answer", f"{zone}-apex-{label}", b"\x01" + query(zone, TYPES[label], opt()))
        save("answer", f"{zone}-plain", b"\0" + query(f"www.{zone}", 1))
        save("answer", f"{zone}-small", b"\0" + query(f"big.{zone}", 16, opt(size=512)))
        save("answer", f"{zone}-tcp", b"\x01" + query(f"big.{zone}", 16, opt()))
    for label, octets in OPTIONS.items():
        save("answer", f"option-{label}", b"\0" + query("www.nsec.test", 1, opt(options=octets)))
    subnets = {"none": b"", "cell": subnet(2, 48, "240b00100300"), "short": subnet(2, 40, "240b001002"), "zero": subnet(2, 0, ""), "v4": subnet(1, 24, "c00002"),
               "private": subnet(1, 24, "0a0102"), "mapped": subnet(2, 120, "00000000000000000000ffffc00002"), "family": subnet(3, 16, "abcd"), "malformed": subnet(2, 41, "240b001002ff")}
    for name in ("", "www", "x.w", "other", "near", "hash", "down", "alias", "chain", "out", "mx", "nothing", "www.d"):
        full = f"{name}.steered.test" if name else "steered.test"
        for label in ("A", "AAAA", "ANY", "TXT") if name in ("", "www", "x.w", "near", "down") else ("AAAA",):
            save("answer", f"steered-{name.replace('.', '_')}-{label}", b"\0" + query(full, TYPES[label], opt(options=subnets["cell"])))
    for label, octets in subnets.items():
        for first in range(8):
            save("answer", f"subnet-{label}-{first}", bytes([first]) + query("near.steered.test", 28, opt(options=octets)))
    for label, name in (("id", "id.server"), ("version", "version.bind"), ("hostname", "hostname.bind")):
        save("answer", f"chaos-{label}", b"\0" + query(name, 16, opt(), qclass=3))
    save("answer", "refused", b"\0" + query("example.com", 1, opt()))
    save("answer", "not-loaded", b"\0" + query("gone.test", 1, opt()))
    save("answer", "report", b"\0" + query("_er.1.broken.7._er.agent.nsec.test", 16, opt()))
    save("answer", "badvers", b"\0" + query("nsec.test", 1, opt(version=3)))
    save("answer", "opcode", b"\0" + query("nsec.test", 6, flags=0x2800))
    save("answer", "class-any", b"\0" + query("www.nsec.test", 1, qclass=255))
    save("answer", "axfr-tsig", b"\x03" + query("nsec.test", 252, tail=TSIG))


if __name__ == "__main__":
    seeds_name()
    seeds_edns()
    seeds_message()
    seeds_answer()

#!/usr/bin/env python3
"""What the steered workloads need (deterministic, seed 53).

usage: gen_steered.py WORKDIR

Writes WORKDIR/data/steered/:
  nets-100k.csv, nets-1m.csv   client networks, one "prefix,region" a line: 60 % IPv4 /16 to /24,
                               40 % IPv6 /32 to /48, eight regions; no two the same, some in others
  *.gdnsd                      the same for gdnsd's geoip plugin
  steer.zone, steer.gdnsd      www (steered), web (an A and an AAAA)
  steer.signed, K*.private     the same signed, ECDSA P-256 and NSEC
  services.zone, .signed       1,000 names, every one steered, for a change of health
  complete                     written last
and the queries q-steered*.bin, for www or (-plain) for web.
"""
import glob
import os
import random
import socket
import struct
import subprocess
import sys

from gen_data import wire

R = random.Random(53)
REGIONS = 8
SERVICES = 1000
QUERIES = 200000
HEAD = "$TTL 300\n@ SOA ns1 hostmaster 1 3600 900 604800 300\n@ NS ns1\nns1 A 192.0.2.53\n"
# The first octet of special blocks of IPv4, in which servers differ by design; of IPv6 2001 and 2002.
AVOID = {0, 10, 100, 127, 172, 192} | set(range(224, 256))


def network():
    """(address bits, address, length)"""
    while True:
        if R.random() < 0.6:
            n = R.randint(16, 24)
            address = R.getrandbits(n) << (32 - n)
            if address >> 24 not in AVOID:
                return 32, address, n
        else:
            n = R.randint(32, 48)
            address = 1 << 125 | R.getrandbits(n - 3) << (128 - n)
            if address >> 112 not in (0x2001, 0x2002):
                return 128, address, n


def networks(n):
    seen = {}
    while len(seen) < n:
        seen.setdefault(network(), R.randrange(REGIONS))
    return seen


def text(bits, address, length):
    return socket.inet_ntop(socket.AF_INET if bits == 32 else socket.AF_INET6, address.to_bytes(bits // 8, "big")) + f"/{length}"


def write_networks(d, name, nets):
    with open(f"{d}/{name}.csv", "w") as ours, open(f"{d}/{name}.gdnsd", "w") as theirs:
        for net, region in nets.items():
            ours.write(f"{text(*net)},r{region}\n")
            theirs.write(f"{text(*net)} => [ r{region} ]\n")


def option(nets):
    """A client: four of five in one of the networks, /24 or /56 as resolvers send them (RFC 7871)."""
    bits, address, length = R.choice(nets) if R.random() < 0.8 else network()
    family, source = (1, 24) if bits == 32 else (2, 56)
    address |= R.getrandbits(bits - length)
    address = address >> (bits - source) << (bits - source)
    body = struct.pack(">HBB", family, source, 0) + address.to_bytes(bits // 8, "big")[:source // 8]
    return struct.pack(">HH", 8, len(body)) + body


def query(name, qtype, do, options):
    m = struct.pack(">HHHHHH", 0, 0, 1, 0, 0, 1) + wire(name) + struct.pack(">HH", qtype, 1)
    m += b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000 if do else 0, len(options)) + options
    return struct.pack(">H", len(m)) + m


def queries(data, nets):
    """The same clients and types for www and for web."""
    nets = list(nets)
    for kind, do, subnet in (("", 0, True), ("-bare", 0, False), ("-signed", 1, True)):
        with open(f"{data}/q-steered{kind}.bin", "wb") as www, open(f"{data}/q-steered{kind}-plain.bin", "wb") as web:
            for _ in range(QUERIES):
                qtype, options = R.choices((1, 28), (7, 3))[0], option(nets) if subnet else b""
                www.write(query("www.steer.test", qtype, do, options))
                web.write(query("web.steer.test", qtype, do, options))


def sign(d, zone, records):
    keys = [subprocess.run(["dnssec-keygen", "-q", "-K", d, "-a", "ECDSAP256SHA256", *flag, f"{zone}.test"], check=True, capture_output=True,
                           text=True).stdout.strip() for flag in ([], ["-f", "KSK"])]
    with open(f"{d}/{zone}.unsigned", "w") as f:
        f.write(records + "".join(open(f"{d}/{k}.key").read() for k in keys))
    subprocess.run(["dnssec-signzone", "-q", "-K", d, "-o", f"{zone}.test", "-e", "now+31536000", "-f", f"{d}/{zone}.signed", f"{d}/{zone}.unsigned",
                    *keys], check=True, capture_output=True, cwd=d)
    os.rename(f"{d}/{keys[0]}.private", f"{d}/{zone}.private")
    os.rename(f"{d}/{keys[0]}.key", f"{d}/{zone}.key")


def zones(d):
    web = "web A 192.0.2.99\nweb AAAA 2001:db8::99\n"
    steer, services = f"$ORIGIN steer.test.\n{HEAD}{web}", f"$ORIGIN services.test.\n{HEAD}"
    with open(f"{d}/steer.zone", "w") as f:
        f.write(steer)
    with open(f"{d}/steer.gdnsd", "w") as f:
        f.write(steer + "www 300 DYNA geoip!www\n")
    with open(f"{d}/services.zone", "w") as f:
        f.write(services)
    sign(d, "steer", steer)
    sign(d, "services", services)


def main():
    data = sys.argv[1] + "/data"
    d = f"{data}/steered"
    os.makedirs(d, exist_ok=True)
    for f in glob.glob(f"{d}/K*"):
        os.unlink(f)
    few = networks(100000)
    write_networks(d, "nets-100k", few)
    write_networks(d, "nets-1m", networks(1000000))
    zones(d)
    queries(data, few)
    open(f"{d}/complete", "w").close()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""What a steered answer costs beside a plain one: instructions a query, by callgrind, in process.

usage: steer.py ANSWER-BENCH WORKDIR        (valgrind, bind9-dnsutils, bind9-utils)

The same 200 names with one address each, once plain and once steered: by a map of 1,000 networks in
64 regions, a pool of one member for each.  Unsigned, and signed with ECDSA P-256. 70 % of the queries
have EDNS and DO (all of those with a client subnet do), as bench/gen_data.py has it.
"""
import os, random, struct, subprocess, sys

BENCH, WORK = sys.argv[1:3]
NAMES = [f"host{i}" for i in range(200)]
REGIONS, NETWORKS, FEW, MANY = 64, 1000, 6400, 38400
R = random.Random(53)


def network(i):
    return f"240b:{i:x}::/{32 if i % 3 else 41}"


def write(name, text):
    with open(f"{WORK}/{name}", "w") as f:
        f.write(text)


def zone():
    head = "$ORIGIN steer.test.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 900 604800 300\n@ NS ns1\nns1 AAAA 2001:db8::53\n"
    write("steer.zone", head + "".join(f"{n} TXT \"{n}\"\n" for n in NAMES))
    write("plain.zone", head + "".join(f"{n} AAAA 2001:db8:10::1\n" for n in NAMES))


def configuration():
    out = ["steering:", "  maps:", "    m:", "      networks:"]
    out += [f"        {network(i)}: r{i % REGIONS}" for i in range(NETWORKS)]
    out += ["      default: r0", "  pools:"]
    out += [f"    p{i}: {{members: [{{address: \"2001:db8:10::{i + 1:x}\"}}]}}" for i in range(REGIONS)]
    out += ["  services:"]
    regions = ", ".join(f"r{i}: p{i}" for i in range(REGIONS))
    out += [f"    {n}.steer.test: {{map: m, regions: {{{regions}}}, ttl: 300s}}" for n in NAMES]
    write("kotae.yaml", "\n".join(out) + "\n")


def sign(name):
    """NAME.zone signed, as NAME.signed; the zone signing key's file."""
    keys = [subprocess.run(["dnssec-keygen", "-q", "-K", WORK, "-a", "ECDSAP256SHA256", *flag, "steer.test"],
                           check=True, capture_output=True, text=True).stdout.strip() for flag in ([], ["-f", "KSK"])]
    text = open(f"{WORK}/{name}.zone").read()
    write("unsigned", text + "".join(open(f"{WORK}/{k}.key").read() for k in keys))
    subprocess.run(["dnssec-signzone", "-q", "-K", WORK, "-o", "steer.test", "-f", f"{WORK}/{name}.signed", f"{WORK}/unsigned", *keys],
                   check=True, capture_output=True, cwd=WORK)
    return f"{WORK}/{keys[0]}.private"


def query(name, edns, subnet):
    option = b""
    if subnet:
        address = struct.pack(">HHHB", 0x240b, R.randrange(NETWORKS), R.randrange(65536), R.randrange(256))
        option = struct.pack(">HHHBB", 8, 11, 2, 56, 0) + address
    m = struct.pack(">HHHHHH", 0, 0, 1, 0, 0, 1 if edns else 0)
    m += b"".join(bytes([len(l)]) + l.encode() for l in (name, "steer", "test")) + b"\0" + struct.pack(">HH", 28, 1)
    if edns:
        m += b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000, len(option)) + option
    return struct.pack(">H", len(m)) + m


def queries(file, subnet):
    weights = [1 / (i + 1) for i in range(len(NAMES))]
    with open(f"{WORK}/{file}", "wb") as f:
        for n in R.choices(NAMES, weights, k=MANY):
            f.write(query(n, R.random() < 0.7, subnet))


def count(arguments, n):
    out = f"{WORK}/cg"
    subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=micro_run",
                    BENCH, "-n", "1", "-m", str(n), *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out) as f:
        return next(int(l.split()[1]) for l in f if l.startswith(("summary:", "totals:")))


def measure(what, arguments, plain=None):
    subprocess.run([BENCH, "-n", "1", *arguments], check=True, stdout=subprocess.DEVNULL)
    cost = (count(arguments, MANY) - count(arguments, FEW)) / (MANY - FEW)
    print(f"{what:32} {cost:6.0f} instructions a query" + (f", {cost / plain:.2f} of plain" if plain else ""), flush=True)
    return cost


def main():
    os.makedirs(WORK, exist_ok=True)
    zone()
    configuration()
    queries("q", False)
    queries("q-ecs", True)
    steered = ["-s", f"{WORK}/kotae.yaml"]
    for signed in (False, True):
        kind, end = ("signed", "signed") if signed else ("unsigned", "zone")
        key = ["-k", sign("steer")] if signed else []
        if signed:
            sign("plain")
        at = [f"steer.test={WORK}/steer.{end}"]
        plain = measure(f"{kind}, plain", ["-d", f"{WORK}/q", f"steer.test={WORK}/plain.{end}"])
        measure(f"{kind}, steered", [*steered, *key, "-d", f"{WORK}/q", *at], plain)
        measure(f"{kind}, steered, client subnet", [*steered, *key, "-d", f"{WORK}/q-ecs", *at], plain)


main()

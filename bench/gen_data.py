#!/usr/bin/env python3
"""Generate the zones and query files of the benchmark (deterministic, seed 53).

usage: gen_data.py WORKDIR [small]     ('small' = 1/50 size, to try the harness)

Writes WORKDIR/data/:
  root.zone      signed, root-like: ~1,500 TLD delegations, NS+glue+DS, NSEC, RSA-2048
  big.zone       big.test., 1,000,000 names with one A and one AAAA each
  hot.zone       hot.test., 200 names
  many.zone      one template file (relative names) shared by 100,000 zones
  many.list      the zone names;  many.d/NAME.zone = a file a zone (hard links)
  complete       written last
  q-*.bin        queries, <u16 length><message> each (the format of dnsload and tcpload, and of dnsperf -B)
"""
import os, random, struct, subprocess, sys, glob

R = random.Random(53)
T = dict(A=1, NS=2, SOA=6, MX=15, TXT=16, AAAA=28, DS=43, DNSKEY=48)


def wire(name):
    out = b""
    for l in name.rstrip(".").split("."):
        if l:
            out += bytes([len(l)]) + l.encode()
    return out + b"\0"


def query(name, qtype, do=None, rd=0):
    """do: None = no EDNS, 0/1 = EDNS with that DO bit, payload 1232"""
    m = struct.pack(">HHHHHH", 0, 0x100 if rd else 0, 1, 0, 0, 0 if do is None else 1)
    m += wire(name) + struct.pack(">HH", T[qtype], 1)
    if do is not None:
        m += b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000 if do else 0, 0)
    return struct.pack(">H", len(m)) + m


def edns():
    """70% of queries carry EDNS with DO, the rest are plain"""
    return 1 if R.random() < 0.7 else None


def word(a, b, alpha="abcdefghijklmnopqrstuvwxyz"):
    return "".join(R.choice(alpha) for _ in range(R.randint(a, b)))


def write(path, items):
    with open(path, "wb") as f:
        for i in items:
            f.write(i)


def gen_root(d, nq, ntld=1500):
    tlds = ["com", "net", "org", "arpa", "de", "uk", "cn", "nl", "ru", "br"]
    seen = set(tlds)
    while len(tlds) < ntld:
        x = len(tlds)
        t = word(2, 2) if x < 250 else ("xn--" + word(6, 12, "abcdefghijklmnopqrstuvwxyz0123456789") if x % 10 == 0 else word(3, 13))
        if t not in seen:
            seen.add(t)
            tlds.append(t)
    L = ["$TTL 86400", ". 86400 IN SOA a.root-servers.net. nstld.verisign-grs.com. 2026112200 1800 900 604800 86400"]
    for c in "abcdefghijklm":
        L.append(f". 518400 IN NS {c}.root-servers.net.")
        L.append(f"{c}.root-servers.net. 518400 IN A 198.41.{ord(c)}.4")
        L.append(f"{c}.root-servers.net. 518400 IN AAAA 2001:503:ba3e::{ord(c):x}:30")
    # operators whose name servers serve many TLDs
    ops = []
    for i in range(40):
        base = f"{word(4, 10)}-{word(3, 4)}.{R.choice(['net', 'org', 'com', 'de', 'uk'])}."
        ops.append([f"{h}.{base}" for h in ("a0", "a2", "b0", "c0", "d0", "e0")])
    glue = set()

    def addglue(n):
        if n not in glue:
            glue.add(n)
            L.append(f"{n} 172800 IN A {R.randint(1,223)}.{R.randint(0,255)}.{R.randint(0,255)}.{R.randint(1,254)}")
            L.append(f"{n} 172800 IN AAAA 2001:{R.randint(256,65535):x}:{R.randint(256,65535):x}::{R.randint(1,255):x}")

    for i, t in enumerate(tlds):
        if i < 2:
            ns = [f"{c}.gtld-servers.net." for c in "abcdefghijklm"]
        elif R.random() < 0.4:
            ns = R.choice(ops)[: R.choice((4, 6))]
        else:
            ns = [f"{c}.nic.{t}." for c in "abcdef"[: R.choice((2, 4, 4, 4, 5, 6))]]
        for n in ns:
            L.append(f"{t}. 172800 IN NS {n}")
            addglue(n)
        if R.random() < 0.93:
            for _ in range(2 if R.random() < 0.1 else 1):
                L.append(f"{t}. 86400 IN DS {R.randint(1,65535)} 8 2 {''.join(R.choice('0123456789ABCDEF') for _ in range(64))}")
    un = f"{d}/root.unsigned"
    open(un, "w").write("\n".join(L) + "\n")
    if not os.path.exists(f"{d}/root.zone"):
        k = f"{d}/keys"
        os.makedirs(k, exist_ok=True)
        for f in glob.glob(k + "/K*"):
            os.unlink(f)
        for extra in ([], ["-f", "KSK"]):
            subprocess.run(["dnssec-keygen", "-q", "-K", k, "-a", "RSASHA256", "-b", "2048", *extra, "."], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["dnssec-signzone", "-q", "-S", "-K", k, "-o", ".", "-e", "now+31536000", "-f", f"{d}/root.zone", un], check=True, cwd=k,
                       stdout=subprocess.DEVNULL)
    # 60% NXDOMAIN (random single labels; names under TLDs that do not exist), 40% referrals
    junk = ["local", "lan", "home", "internal", "corp", "localdomain", "belkin", "router", "dhcp", "invalid", "localhost", "ip", "domain", "test"]
    junk = [j for j in junk if j not in seen]
    cum, s = [], 0.0
    for i in range(ntld):
        s += 1 / (i + 1)
        cum.append(s)

    def one():
        if R.random() < 0.6:
            if R.random() < 0.5:
                n = word(7, 15)
            else:
                n = f"{word(3, 14)}.{R.choice(junk) if R.random() < 0.5 else word(7, 12)}"
            while n.rsplit(".", 1)[-1] in seen:
                n = word(7, 15)
            return query(n, R.choices(("A", "AAAA"), (3, 1))[0], edns())
        t = R.choices(tlds, cum_weights=cum)[0]
        r = R.random()
        if r < 0.2:
            return query(t, "NS", edns())
        return query(("www." if r < 0.5 else "") + word(4, 14) + "." + t, "A" if r < 0.7 else "AAAA" if r < 0.95 else "MX", edns())

    write(f"{d}/q-root.bin", (one() for _ in range(nq)))


def gen_big(d, names, nq):
    lab = []
    with open(f"{d}/big.zone", "w") as f:
        f.write("$ORIGIN big.test.\n$TTL 3600\n@ SOA ns1.big.test. hostmaster.big.test. 1 3600 900 604800 300\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\n")
        for i in range(names):
            l = f"{word(3, 8)}{i:x}"
            lab.append(l)
            f.write(f"{l} A 10.{i>>16&255}.{i>>8&255}.{i&255}\n{l} AAAA 2001:db8:{i>>16:x}:{i&0xffff:x}::1\n")
    open(f"{d}/big.probe", "w").write(lab[-1] + ".big.test.")
    write(f"{d}/q-big.bin", (query(R.choice(lab) + ".big.test", "A" if R.random() < 0.6 else "AAAA", edns()) for _ in range(nq)))


def gen_hot(d, nq):
    names = ["www", "mail", "api", "cdn", "ns1", "ns2"] + [f"host{i}" for i in range(194)]
    with open(f"{d}/hot.zone", "w") as f:
        f.write("$ORIGIN hot.test.\n$TTL 300\n@ SOA ns1.hot.test. hostmaster.hot.test. 1 3600 900 604800 300\n@ NS ns1\n@ NS ns2\n@ MX 10 mail\n@ A 192.0.2.1\n")
        for i, n in enumerate(names):
            f.write(f"{n} A 192.0.2.{i+1}\n{n} AAAA 2001:db8::{i+1:x}\n")
    w = [1 / (i + 1) for i in range(len(names))]
    write(f"{d}/q-hot.bin", (query(n + ".hot.test", "A" if R.random() < 0.7 else "AAAA", edns()) for n in R.choices(names, w, k=nq)))


def gen_many(d, nz, nq):
    open(f"{d}/many.zone", "w").write(
        "$TTL 3600\n@ SOA ns1.hoster.test. hostmaster.hoster.test. 1 3600 900 604800 300\n@ NS ns1.hoster.test.\n@ NS ns2.hoster.test.\n"
        "@ A 192.0.2.10\n@ AAAA 2001:db8::10\n@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\nwww A 192.0.2.10\nwww AAAA 2001:db8::10\nmail A 192.0.2.11\n")
    zones = [f"{word(4, 9)}{i:x}.{('com', 'net', 'org')[i % 3]}" for i in range(nz)]
    open(f"{d}/many.list", "w").write("\n".join(zones) + "\n")
    g = f"{d}/many.d"
    os.makedirs(g, exist_ok=True)
    for f in os.listdir(g):
        os.unlink(f"{g}/{f}")
    # ext4 allows 65,000 links to one file, so rotate over a few copies
    for i, z in enumerate(zones):
        if i % 50000 == 0:
            src = f"{d}/many.zone.{i // 50000}"
            open(src, "w").write(open(f"{d}/many.zone").read())
        os.link(src, f"{g}/{z}.zone")

    def one():
        z, r = R.choice(zones), R.random()
        n, t = (("www." + z, "A") if r < .5 else (z, "A") if r < .7 else (z, "MX") if r < .8 else ("www." + z, "AAAA") if r < .95 else (word(4, 8) + "." + z, "A"))
        return query(n, t, edns())

    write(f"{d}/q-many.bin", (one() for _ in range(nq)))


def main():
    d = sys.argv[1] + "/data"
    k = 50 if "small" in sys.argv[2:] else 1
    os.makedirs(d, exist_ok=True)
    gen_root(d, 400000 // k)
    gen_big(d, 1000000 // k, 1000000 // k)
    gen_hot(d, 100000 // k)
    gen_many(d, 100000 // k, 500000 // k)
    open(f"{d}/complete", "w").close()


if __name__ == "__main__":
    main()

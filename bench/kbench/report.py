"""Tables from results, as Markdown."""
import json
import platform
import re
import statistics
import subprocess
import time

from .server import HERE, all_servers, load_server

UDP = [("hot", "hot names"), ("big", "1,000,000 names at random"), ("root", "signed root, 60 % NXDOMAIN, DO"), ("many", "100,000 zones")]
STEERED = [("steered", "steered, client subnet"), ("steered-plain", "plain, client subnet"), ("steered-bare", "steered"), ("steered-bare-plain", "plain"),
           ("steered-signed", "steered, client subnet, signed"), ("steered-signed-plain", "plain, client subnet, signed")]
TCP = [("tcp-one", "one query a TCP connection"), ("tcp-pipe", "pipelined TCP, 16 connections")]
ORDER = ["echo", "echo-pad", "kotaed", "gdnsd", "knot", "nsd", "bind9"]


def read(paths):
    rows = []
    for path in paths:
        with open(path) as f:
            rows += [json.loads(l) for l in f]
    return rows


class Results:
    def __init__(self, rows):
        self.by = {}
        for r in rows:
            self.by.setdefault((r["workload"], r["mode"], r["server"]), []).append(r)
        self.servers = sorted({k[2] for k in self.by}, key=lambda s: (ORDER.index(s) if s in ORDER else 99, s))

    def rows(self, workload, mode, server):
        return self.by.get((workload, mode, server), [])

    def median(self, workload, mode, server, field):
        rows = self.rows(workload, mode, server)
        return statistics.median(r[field] for r in rows) if rows else None

    def any(self, workload, mode):
        return any(k[:2] == (workload, mode) for k in self.by)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


def spread(rows, field, digits=2):
    v = [r[field] for r in rows]
    return f"{statistics.median(v):.{digits}f} ({min(v):.{digits}f}-{max(v):.{digits}f})"


def overview(res):
    """CPU us a query, total (user): a line a workload, a column a server."""
    out = []
    for workload, mode, title in [(w, "sat", t) for w, t in UDP + STEERED] + [("hot", m, t) for m, t in TCP]:
        if not res.any(workload, mode):
            continue
        line = [title]
        for s in res.servers:
            total = res.median(workload, mode, s, "cpu_us")
            line.append("-" if total is None else f"{total:.1f} ({res.median(workload, mode, s, 'user_us'):.1f})")
        out.append(line)
    return table(["CPU us a query: total (user)"] + res.servers, out) if out else ""


def starts(res):
    out = []
    for workload, title in (("big", "1,000,000 names, 2,000,000 records"), ("many", "100,000 zones"), ("many-dir", "100,000 zones, from a directory"),
                            ("steered", "a map of 100,000 networks"), ("steered-1m", "a map of 1,000,000 networks")):
        for s in res.servers:
            rows = res.rows(workload, "load", s)
            if rows:
                out.append([title, s, spread(rows, "load_s"), spread(rows, "load_cpu_s"), spread(rows, "pss_mb", 0), str(len(rows))])
    return table(["zones", "server", "s to the first answer", "s of CPU", "MB (PSS)", "runs"], out) if out else ""


def counts(res):
    out = []
    for workload, title in UDP + STEERED:
        for s in res.servers:
            rows = res.rows(workload, "ir", s)
            if rows:
                before = rows[-1].get("baseline")
                out.append([title, s, f"{statistics.median(r['ir'] for r in rows):.0f}", str(before or "-")])
    return table(["workload", "server", "user instructions a query", "baseline"], out) if out else ""


def details(res):
    out = []
    modes = [(w, m, f"{t}, {m}") for w, t in UDP + STEERED for m in ("sat", "fixed")] + [("hot", m, t) for m, t in TCP]
    for workload, mode, title in modes:
        rows = [(s, res.rows(workload, mode, s)) for s in res.servers if res.rows(workload, mode, s)]
        if not rows:
            continue
        rows.sort(key=lambda x: statistics.median(r["cpu_us"] for r in x[1]))
        body = [[s, spread(r, "cpu_us"), spread(r, "user_us"), spread(r, "sys_us"), spread(r, "qps", 0), f"{statistics.median(x['util'] for x in r):.2f}",
                 f"{statistics.median(x['p99_us'] for x in r):.0f}", f"{statistics.median(x['avg_bytes'] for x in r):.0f}", str(sum(x["lost"] for x in r)), str(len(r))]
                for s, r in rows]
        head = ["server", "CPU us a query (min-max)", "user", "system", "q/s", "util", "p99 us", "octets", "lost", "runs"]
        out.append(f"### {title}\n\n" + table(head, body))
    return "\n".join(out)


def steering_more(res):
    """What a steered answer has on top of a plain one."""
    out = []
    for kind, title in (("", "client subnet"), ("-bare", "no client subnet"), ("-signed", "client subnet, signed")):
        for s in res.servers:
            line = []
            for mode, field, digits in (("micro", "ns", 0), ("sat", "user_us", 2), ("sat", "cpu_us", 2), ("ir", "ir", 0)):
                a, b = (res.median(f"steered{kind}{end}", mode, s, field) for end in ("", "-plain"))
                line += ["-"] * 2 if a is None or b is None else [f"{a:.{digits}f} / {b:.{digits}f}", f"{a / b:.2f}" if mode == "ir" else f"{a - b:+.{digits}f}"]
            if line != ["-"] * 8:
                out.append([title, s] + line)
    head = ["steered / plain", "server", "ns in process", "more", "user us", "more", "user and system us", "more", "user instructions", "times"]
    return table(head, out) if out else ""


def health(res):
    out = []
    for workload, title in (("health", "no"), ("health-signed", "yes")):
        rows = res.rows(workload, "health", "kotaed")
        if rows:
            out.append([title, spread(rows, "last_ms", 1), spread(rows, "reply_ms", 1), f"{statistics.median(r['signatures'] for r in rows):.0f}",
                        f"{rows[-1]['signature_us']:.0f}", str(len(rows))])
    return table(["signed", "ms to the last changed answer", "ms to the end of the command", "signatures", "us of one in `openssl speed`", "changes"], out) if out else ""


def probes(res):
    out = []
    for kind in ("tcp", "http", "https", "https-resume", "https-full"):
        for r in res.rows(kind, "probes", "kotaed"):
            out.append([kind, r["targets"], r["probes/s"], r["us/probe"], r["core"], r["rss"], r["failed"], r["late"]])
    return table(["probe", "targets", "probes/s", "CPU us a probe", "of a core", "memory", "failed", "late"], out) if out else ""


def version_of(name):
    module = load_server(name)
    argv = getattr(module, "VERSION", None)
    if not argv:
        return None
    text = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    found = re.search(r"\d+\.\d+(\.\d+)*", text)
    return f"{name} {found[0]}" if found else name


def machine():
    with open("/proc/cpuinfo") as f:
        info = f.read()
    model = re.search(r"model name\s*: (.*)", info)
    with open("/proc/meminfo") as f:
        gib = int(f.readline().split()[1]) / 2**20
    return f"{model[1] if model else platform.machine()}, {info.count('processor')} cores, {gib:.0f} GiB, Linux {platform.release()}"


def tables(rows):
    res = Results(rows)
    parts = [("Cost of a query", overview(res)), ("Steered beside plain", steering_more(res)), ("Start and memory", starts(res)),
             ("A change of health of 1,000 services", health(res)), ("Probes", probes(res)), ("Instructions", counts(res)), ("Each workload", details(res))]
    return "\n".join(f"## {title}\n\n{body}" for title, body in parts if body)


STEERING = "# Steering\n"


def kept_steering(path):
    """The second part, which another command writes."""
    try:
        with open(path) as f:
            head, found, rest = f.read().partition("\n" + STEERING)
    except OSError:
        return ""
    return found + rest if found else ""


def load_average(rows):
    busy = [r["loadavg"] for r in rows if "loadavg" in r]
    return f"{statistics.median(busy):.1f} ({min(busy):.1f}-{max(busy):.1f})" if busy else "not known"


def document_steering(rows, command, path):
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True).stdout.strip()
    with open(path) as f:
        before = f.read().partition("\n" + STEERING)[0].rstrip("\n")
    res = Results(rows)
    peers = [v for v in (version_of(s) for s in res.servers) if v]
    with open(path, "w") as f:
        f.write(f"""{before}

{STEERING}
Written by `{command}` on {time.strftime('%Y-%m-%d')}, commit {commit}; load average while it ran: {load_average(rows)}.
Peers: {", ".join(peers) or "none"}.

One name, `www`, of which a map of 100,000 networks (60 % IPv4, /16 to /24; 40 % IPv6, /32 to /48) in eight regions
chooses the A or AAAA record; beside it, in the same zone of the same process, a plain name that is asked for by the
same clients with the same options. Four of five clients are in one of the networks. gdnsd has the same networks in
its geoip plugin. "signed" is ECDSA P-256 with DO: signatures are made when health changes, not when asked for.

## What a steered answer costs more

"In process" is the engine alone, best of all passes: queries are read and answered in batches, without sockets. User time
of the daemon is sampled in ticks of 10 ms and has what the caches lost to the kernel and to other programs in between.

{steering_more(res)}
{overview(res)}
## A large map

Seconds from the start of the daemon to its first steered answer, everything included. The map itself takes
12 to 23 octets a network: `ninja -C build bench/micro/map-bench`.

{starts(res)}
## A change of health

1,000 services with one pool in common, whose first member is taken down with `kotae steer down`: from the start of the
command to the answer of the last service. One core has everything: worker, signer, and 5,000 queries a second.

{health(res)}
## Probes

Up to 10,000 targets, each probed every 5 s over loopback. `https` has its connections open; `https-resume` opens one for
each probe and resumes its session, `https-full` shakes hands in full. CPU time has what the kernel did for the prober.

{probes(res)}
## Each steered workload

{details(res)}""")
    print(f"wrote {path}")


def document(rows, command, path):
    steering = kept_steering(path)
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True).stdout.strip()
    peers = ", ".join(v for v in (version_of(s) for s in all_servers()) if v)
    with open(path, "w") as f:
        f.write(f"""# Benchmarks

Written by `{command}` on {time.strftime('%Y-%m-%d')}, commit {commit}; `bench/README.md` says what each workload is.

Machine: {machine()}; load average while it ran (the benchmark itself makes 2): {load_average(rows)}. Peers, as Debian packages them: {peers}.

One worker a server, on core 0; the load generator on core 1; loopback. The figure to trust is CPU time
(user + system) of the server a query answered, at saturation; all servers of a round were run in turn. `echo` is
a program that only sends packets back, `echo-pad` the same with answers of the size that a server sends:
the floor. Medians of all rounds; `util` under 0.95 means that the server was waiting for the load generator.

{tables(rows)}{steering}""")
    print(f"wrote {path}")

"""Load on a server and what it cost: CPU microseconds per answered query."""
import json
import os
import subprocess
import sys
import time

from .server import HERE, LOAD_CORE, PORT, SERVER_CORE, Server, load_server

FIXED_QPS = 40000
# mode -> (program, options); TCP modes run on the workload "hot" only
MODES = {
    "sat": ("dnsload", {}),
    "fixed": ("dnsload", {"Q": FIXED_QPS}),
    "tcp-one": ("tcpload", {"c": 32, "w": 1, "k": 1}),
    "tcp-pipe": ("tcpload", {"c": 16, "w": 12}),
}


def compile_helpers(work):
    os.makedirs(work, exist_ok=True)
    for name in ("udpecho", "dnsload", "tcpload"):
        source, out = f"{HERE}/src/{name}.c", f"{work}/{name}"
        subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-o", out, source], check=True)


def generate(work, workloads):
    wanted = {w.startswith("steered") for w in workloads}
    if False in wanted and not os.path.exists(f"{work}/data/complete"):
        print("generating zones and queries (170 MB, about 20 s)", flush=True)
        subprocess.run([sys.executable, f"{HERE}/gen_data.py", work], check=True)
    if True in wanted and not os.path.exists(f"{work}/data/steered/complete"):
        print("generating networks and queries of clients (120 MB, about 10 s)", flush=True)
        subprocess.run([sys.executable, f"{HERE}/gen_steered.py", work], check=True)


def run_load(work, workload, mode, secs, **more):
    program, options = MODES[mode]
    argv = [f"{work}/{program}", "-p", str(PORT), "-d", f"{work}/data/q-{workload}.bin", "-l", str(secs)]
    for key, value in {**options, **more}.items():
        argv += [f"-{key}", str(value)]
    r = subprocess.run(argv, stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}), check=True)
    return json.loads(r.stdout)


def warm(work, workload, server):
    """Until nothing is answered SERVFAIL or REFUSED: some servers answer before all is loaded."""
    end = time.monotonic() + 90
    while True:
        r = run_load(work, workload, "sat", 0.7, o=300000)
        if server.echo or not (r["rcode"].get("2") or r["rcode"].get("5")) or time.monotonic() > end:
            return
        time.sleep(0.5)


def core_stat():
    """(busy, all, stolen) ticks of the server's core"""
    with open("/proc/stat") as f:
        v = [int(x) for x in f.read().splitlines()[1 + SERVER_CORE].split()[1:9]]
    return sum(v) - v[3] - v[4], sum(v), v[7]


def measure(server, run):
    core0, before, begun = core_stat(), server.cpu(), time.monotonic()
    r = run()
    wall, after, core1 = time.monotonic() - begun, server.cpu(), core_stat()
    n = max(r["answered"], 1)
    total = (after[0] - before[0]) / 1e3
    user, system = after[1] - before[1], after[2] - before[2]
    share = user / (user + system) if user + system else 0
    r.update(loadavg=os.getloadavg()[0], cpu_us=total / n, user_us=total * share / n, sys_us=total * (1 - share) / n, util=total / 1e6 / r["secs"],
             wall=wall, steal=core1[2] - core0[2], core_busy=(core1[0] - core0[0]) / max(1, core1[1] - core0[1]))
    return r


def run_one(work, name, workload, modes, secs):
    """Starts a server, loads it in each mode, ends it; a list of results."""
    try:
        server = Server(work, name, workload).start()
    except RuntimeError as e:
        print("!!", e, file=sys.stderr, flush=True)
        return []
    results = []
    try:
        server.settle()
        loaded = dict(server=name, workload=workload, mode="load", load_s=server.load_s, load_cpu_s=server.cpu_s(), pss_mb=server.pss_mb())
        warm(work, workload, server)
        server.settle()
        for mode in modes:
            r = measure(server, lambda: run_load(work, workload, mode, secs))
            r.update(server=name, workload=workload, mode=mode)
            results.append(r)
            print(f"{workload:5} {name:9} {mode:8} {r['qps']:8.0f} q/s  cpu {r['cpu_us']:6.2f} us (user {r['user_us']:5.2f} sys {r['sys_us']:5.2f})"
                  f"  util {r['util']:.2f} lost {r['lost']} avg {r['avg_bytes']:.0f} B rcode {r['rcode']}", flush=True)
        loaded["pss_after_mb"] = server.pss_mb()
        if not server.echo:
            results.append(loaded)
    finally:
        server.stop()
    return results


def run_matrix(work, workloads, servers, modes, rounds, secs, keep):
    """Servers interleaved: each round starts each of them afresh, in rotated order."""
    for number in range(rounds):
        for workload in workloads:
            for name in servers[number % len(servers):] + servers[:number % len(servers)]:
                module = load_server(name)
                if workload not in module.WORKLOADS:
                    continue
                echo = getattr(module, "ECHO", False)
                usable = [m for m in modes if not m.startswith("tcp") or (workload == "hot" and not echo)]
                for r in run_one(work, name, workload, usable, secs):
                    keep(dict(r, round=number))


def run_start(work, workloads, servers, rounds, keep):
    """Time to the first answer and memory, without load."""
    for number in range(rounds):
        for workload in workloads:
            for name in servers:
                module = load_server(name)
                if workload not in module.WORKLOADS or getattr(module, "ECHO", False):
                    continue
                server = Server(work, name, workload).start()
                try:
                    time.sleep(0.3)
                    r = dict(server=name, workload=workload, mode="load", load_s=server.load_s, load_cpu_s=server.cpu_s(), pss_mb=server.pss_mb(), round=number)
                    print(f"{workload:8} {name:9} {r['load_s']:6.2f} s to the first answer, {r['load_cpu_s']:.2f} s CPU, {r['pss_mb']:.0f} MB", flush=True)
                    keep(r)
                finally:
                    server.stop()

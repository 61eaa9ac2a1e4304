"""User instructions a query, by callgrind: the repeatable figure."""
import collections
import json
import os
import re
import subprocess
import time

from .load import run_load
from .server import HERE, Server, load_server, zones_of

BASELINE = f"{HERE}/baseline.json"
FEW, MANY = 2000, 22000


def callgrind(work, name, workload):
    server = Server(work, name, workload)
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={server.c.dir}/cg.%p", "--child-silent-after-fork=yes"]
    return server, server.start(prefix, timeout=600)


def instructions(directory):
    total = 0
    for name in os.listdir(directory):
        if name.startswith("cg."):
            with open(f"{directory}/{name}", errors="replace") as f:
                total += next((int(l.split()[1]) for l in f if l.startswith(("summary:", "totals:"))), 0)
    return total


def measure(work, name, workload):
    """Two runs that differ in the number of queries only: the difference, a query."""
    seen = []
    for n in (FEW, MANY):
        server = callgrind(work, name, workload)[0]
        answered = run_load(work, workload, "sat", 120, n=n, q=64)["answered"]
        server.stop()
        seen.append((answered, instructions(server.c.dir)))
    (n1, i1), (n2, i2) = seen
    return (i2 - i1) / (n2 - n1)


def run_ir(work, workloads, servers, update, keep):
    with open(BASELINE) as f:
        baseline = json.load(f)
    for workload in workloads:
        for name in servers:
            module = load_server(name)
            if workload not in module.WORKLOADS or getattr(module, "ECHO", False):
                continue
            try:
                ir = round(measure(work, name, workload))
            except (RuntimeError, ZeroDivisionError) as e:
                print("!!", name, workload, e, flush=True)
                continue
            before = baseline.get(workload, {}).get(name)
            change = f"baseline {before}, change {100 * (ir - before) / before:+.1f} %" if before else "no baseline"
            print(f"{workload:5} {name:9} {ir:7d} user instructions a query ({change})", flush=True)
            keep(dict(server=name, workload=workload, mode="ir", ir=ir, baseline=before))
            if update:
                baseline.setdefault(workload, {})[name] = ir
    if update:
        with open(BASELINE, "w") as f:
            json.dump(baseline, f, indent=2, sort_keys=True)
            f.write("\n")


def self_costs(dump):
    """Instructions of functions and of source lines, what they call left out (callgrind_annotate
    charges a thread that never returns with everything)."""
    names, functions, lines = {}, collections.Counter(), collections.Counter()

    def named(kind, text):
        number, _, name = text.partition(") ")
        if name:
            names[kind, number] = name.rpartition("/src/")[2] if kind == "file" else name
        return names.get((kind, number.rstrip(")")), names.get((kind, number), "?"))

    function = file = "?"
    line, called = 0, False
    with open(dump, errors="replace") as f:
        for text in f:
            text = text.rstrip("\n")
            if text.startswith("fn="):
                function = named("fn", text[3:])
            elif text.startswith(("fl=", "fi=", "fe=")):
                file = named("file", text[3:])
            elif text.startswith("cfn="):
                named("fn", text[4:])
            elif text.startswith(("cfi=", "cfl=")):
                named("file", text[4:])
            elif text.startswith("calls="):
                called = True
            elif text[:1] in "+-*0123456789" and text:
                position, cost = text.split()[:2]
                line = line if position == "*" else line + int(position) if position[0] in "+-" else int(position)
                if not called:
                    functions[function] += int(cost)
                    lines[file, line] += int(cost)
                called = False
    return functions, lines


def run_profile(work, name, workload, queries):
    """Where the instructions go, by function, without start and loading."""
    server = callgrind(work, name, workload)[0]
    try:
        run_load(work, workload, "sat", 120, n=FEW, q=64)
        pid = next(p for p in server.pids() if os.path.exists(f"/proc/{p}"))
        subprocess.run(["callgrind_control", "-z", str(pid)], check=True, stdout=subprocess.DEVNULL)
        answered = run_load(work, workload, "sat", 300, n=queries, q=64)["answered"]
        subprocess.run(["callgrind_control", "-d", str(pid)], check=True, stdout=subprocess.DEVNULL)
        time.sleep(1)
    finally:
        server.stop()
    dump = f"{server.c.dir}/cg.{pid}.1"
    functions, lines = self_costs(dump)
    print(f"{answered} queries, {sum(functions.values()) / answered:.0f} instructions a query\n\nby function:")
    for name, cost in functions.most_common(40):
        print(f"{cost / answered:8.1f}  {name}")
    print("\nby line:")
    for (name, line), cost in lines.most_common(60):
        print(f"{cost / answered:8.1f}  {name}:{line}")


def micro_arguments(work, workload):
    out = ["-d", f"{work}/data/q-{workload}.bin"]
    if workload.startswith("steered"):
        path = f"{work}/run/steering.yaml"
        os.makedirs(f"{work}/run", exist_ok=True)
        with open(path, "w") as f:
            f.write(f"steering: {json.dumps(load_server('kotaed').steering(f'{work}/data', workload))}\n")
        out += ["-s", path]
    if "signed" in workload:
        out += ["-k", f"{work}/data/steered/steer.private"]
    return out + [f"{zone}={path}" for zone, path in zones_of(work, workload)]


def run_micro_ns(work, workloads, micro, rounds, keep):
    """ns a query of the engine, in turn: the best pass, since whatever else runs only adds to it."""
    for number in range(rounds):
        for workload in workloads:
            text = subprocess.run([micro, "-n", "9", *micro_arguments(work, workload)], check=True, stdout=subprocess.PIPE, text=True).stdout
            keep(dict(server="kotaed", workload=workload, mode="micro", ns=min(float(ns) for ns in re.findall(r"([0-9.]+) ns a query", text)), round=number))


def run_micro(work, workloads, micro):
    """The engine without the network: ns a query, and instructions as measure() counts them."""
    for workload in workloads:
        arguments = micro_arguments(work, workload)
        subprocess.run([micro, *arguments], check=True)
        seen = []
        for n in (FEW, MANY):
            out = f"{work}/run/micro.cg"
            os.makedirs(os.path.dirname(out), exist_ok=True)
            subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=micro_run",
                            micro, "-n", "1", "-m", str(n), *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(out) as f:
                seen.append(next(int(l.split()[1]) for l in f if l.startswith(("summary:", "totals:"))))
        print(f"{workload:5} engine  {(seen[1] - seen[0]) / (MANY - FEW):7.0f} instructions a query\n", flush=True)

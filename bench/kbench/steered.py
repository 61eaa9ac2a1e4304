"""A change of health: from the command to the changed answer of the last of 1,000 services."""
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import urllib.request

from .server import HERE, PORT, SERVER_CORE, Server

sys.path.insert(0, HERE)
from gen_data import wire  # noqa: E402

SERVICES = 1000
MEMBERS = 12
HTTP = 15380


def configuration(c):
    """Every service has the one pool: its first member that is up, watched by word of mouth."""
    signed = c.workload == "health-signed"
    zone = {"file": f"{c.data}/steered/services." + ("signed" if signed else "zone")}
    if signed:
        zone["key-files"] = f"{c.data}/steered/services.private"
    return {
        "node": {"name": "bench", "workers": 1, "state": c.dir},
        "control": {"socket": f"{c.dir}/control.sock"},
        "http": {"listen": f"127.0.0.1:{HTTP}"},
        "listen": [{"address": "127.0.0.1", "port": c.port, "serve": "authority"}],
        "zones": {"services.test": zone},
        "steering": {
            "monitors": {"told": {"type": "push"}},
            "pools": {"shared": {"members": [f"192.0.2.{i + 1}" for i in range(MEMBERS)], "method": "failover", "monitor": "told"}},
            "services": {f"s{i}.services.test": {"pools": "shared", "ttl": "30s"} for i in range(SERVICES)},
        },
    }


def signatures():
    text = urllib.request.urlopen(f"http://127.0.0.1:{HTTP}/metrics", timeout=10).read().decode()
    return int(re.search(r"^kotae_steering_signatures_total (\d+)$", text, re.M)[1])


def one_signature():
    """us that OpenSSL takes for one with ECDSA P-256, on the server's core just now."""
    text = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE})).stdout
    return 1e6 / float(text.split()[-2])


class Watch(threading.Thread):
    """Asks for the last service every 200 us until its address is another; when that was."""

    def __init__(self, before):
        super().__init__()
        self.before, self.at, self.ready = before, None, threading.Event()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", PORT))
            s.settimeout(2)
            end = time.monotonic() + 30
            while time.monotonic() < end:
                answer = address(s, SERVICES - 1)
                self.ready.set()
                if answer != self.before:
                    self.at = time.monotonic()
                    return
                time.sleep(0.0002)


def address(s, number):
    name = wire(f"s{number}.services.test")
    s.send(struct.pack(">HHHHHH", 1, 0, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1))
    reply = s.recv(2048)
    at = 12 + len(name) + 4 + 12
    return socket.inet_ntoa(reply[at:at + 4])


def change(server, kotae, number):
    """Takes member `number`, the first that is up, down.  (ms to the last answer, ms to the reply, signatures)"""
    target, before = f"192.0.2.{number + 1}", signatures()
    watch = Watch(target)
    watch.start()
    watch.ready.wait()
    begun = time.monotonic()
    subprocess.run([kotae, "--socket", f"{server.c.dir}/control.sock", "steer", "down", target], check=True, stdout=subprocess.DEVNULL)
    replied = time.monotonic()
    watch.join()
    if watch.at is None:
        raise RuntimeError("the answer did not change")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", PORT))
        s.settimeout(2)
        stale = sum(address(s, i) == target for i in range(SERVICES))
    if stale:
        raise RuntimeError(f"{stale} services still answer {target}")
    return 1e3 * (watch.at - begun), 1e3 * (replied - begun), signatures() - before


def run_health(work, kotae, changes, keep):
    """Unsigned and signed: every change is new to the cache of signatures."""
    for workload in ("health", "health-signed"):
        server = Server(work, "kotaed", workload)
        server.module = Health
        server.start()
        try:
            server.settle()
            cpu = server.cpu()[0]
            seen = [change(server, kotae, i) for i in range(min(changes, MEMBERS - 1))]
            cpu = (server.cpu()[0] - cpu) / 1e6 / len(seen)
        finally:
            server.stop()
        last, reply, signed = ([row[i] for row in seen] for i in range(3))
        print(f"{workload:13} {SERVICES} services: last answer changed after {statistics.median(last):.1f} ms ({min(last):.1f}-{max(last):.1f}), "
              f"command over after {statistics.median(reply):.1f} ms, {statistics.median(signed):.0f} signatures, {cpu:.0f} ms CPU a change", flush=True)
        us = one_signature()
        for a, b, n in seen:
            keep(dict(server="kotaed", workload=workload, mode="health", last_ms=a, reply_ms=b, signatures=n, services=SERVICES, signature_us=us))


class Health:
    """In place of servers/kotaed.py."""

    WORKLOADS = {"health", "health-signed"}

    @staticmethod
    def start(c):
        with open(f"{c.dir}/kotae.yaml", "w") as f:
            json.dump(configuration(c), f)
        return [os.environ["KOTAED"], "-c", f"{c.dir}/kotae.yaml"]

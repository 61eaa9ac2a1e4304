"""One server under test: started on core 0, watched, ended by its own pids."""
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVER_CORE, LOAD_CORE = 0, 1
PORT = 15353
TICK = os.sysconf("SC_CLK_TCK")
WORKLOADS = ["hot", "big", "root", "many"]
# Each beside the plain name asked in the same way; "-w steering" means all of them.
STEERED = ["steered", "steered-plain", "steered-bare", "steered-bare-plain", "steered-signed", "steered-signed-plain"]
# typical answer size, for the padded echo floor
PAD = {"root": 800, "big": 75, "hot": 70, "many": 75, "steered": 80, "steered-plain": 80, "steered-bare": 60, "steered-bare-plain": 60,
       "steered-signed": 190, "steered-signed-plain": 190}


def load_server(name):
    spec = importlib.util.spec_from_file_location("srv_" + name.replace("-", "_"), f"{HERE}/servers/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_servers():
    """Names of the servers that are installed; the others are named and left out."""
    names = []
    for name in sorted(n[:-3] for n in os.listdir(f"{HERE}/servers") if n.endswith(".py")):
        module = load_server(name)
        if getattr(module, "ECHO", False) or module.BINARY:
            names.append(name)
        else:
            print(f"{name} is not installed: left out")
    return names


def zones_of(work, workload):
    """[(zone name with final dot, zone file path)]"""
    d = f"{work}/data"
    if workload == "root":
        return [(".", f"{d}/root.zone")]
    if workload == "big":
        return [("big.test.", f"{d}/big.zone")]
    if workload == "hot":
        return [("hot.test.", f"{d}/hot.zone")]
    if workload.startswith("health"):
        return []
    if workload.startswith("steered"):
        return [("steer.test.", f"{d}/steered/steer." + ("signed" if "signed" in workload else "zone"))]
    with open(f"{d}/many.list") as f:
        return [(z.strip() + ".", f"{d}/many.zone") for z in f]


def probes_of(work, workload):
    """[(qname, qtype)]: answered NOERROR, in turn, once all is served"""
    if workload == "root":
        return [(".", 6)]
    if workload == "big":
        with open(f"{work}/data/big.probe") as f:
            return [(f.read().strip(), 1)]
    if workload == "hot":
        return [("host193.hot.test.", 1)]
    if workload.startswith("health"):
        return [("s999.services.test.", 1)]
    if workload.startswith("steered"):
        return [("web.steer.test.", 1), ("www.steer.test.", 1)]
    zones = zones_of(work, workload)
    return [(zones[-1][0], 1), (zones[0][0], 1), (zones[len(zones) // 2][0], 1)]


def probe(port, name, qtype, timeout):
    """One query over UDP; the answer, or None."""
    m = struct.pack(">HHHHHH", 0x5353, 0x100, 1, 0, 0, 0)
    for label in name.rstrip(".").split("."):
        if label:
            m += bytes([len(label)]) + label.encode()
    m += b"\0" + struct.pack(">HH", qtype, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        try:
            s.connect(("127.0.0.1", port))
            s.send(m)
            r = s.recv(4096)
            return r if len(r) >= 12 and r[:2] == b"\x53\x53" else None
        except OSError:
            return None


def session_pids(session):
    out = []
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                with open(f"/proc/{p}/stat") as f:
                    s = f.read()
                f = s[s.rindex(")") + 2:].split()
                if int(f[3]) == session and f[0] != "Z":
                    out.append(int(p))
            except (OSError, ValueError):
                pass
    return out


class Context:
    """What a server file is given: dir, port, workload, zones, data, work, pad."""


class Server:
    def __init__(self, work, name, workload, port=PORT, core=SERVER_CORE):
        self.module, self.name, self.workload, self.port = load_server(name), name, workload, port
        self.work, self.core = work, core
        self.echo = getattr(self.module, "ECHO", False)
        c = self.c = Context()
        c.work, c.data, c.port, c.workload = work, f"{work}/data", port, workload
        c.zones = zones_of(work, workload)
        c.pad = PAD.get(workload, 0)
        c.dir = f"{work}/run/{name}-{workload}"
        shutil.rmtree(c.dir, ignore_errors=True)
        os.makedirs(c.dir)

    def start(self, prefix=(), timeout=180):
        argv = list(prefix) + self.module.start(self.c)
        if probe(self.port, ".", 6, 0.05) is not None:
            raise RuntimeError(f"port {self.port} is already answering")
        self.log = open(f"{self.c.dir}/log", "wb")
        begun = time.monotonic()
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.c.dir,
                                  start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, {self.core}))
        for name, qtype in probes_of(self.work, self.workload):
            while not self.answers(name, qtype):
                if self.p.poll() is not None or time.monotonic() - begun > timeout:
                    self.stop()
                    raise RuntimeError(f"{self.name}/{self.workload} did not start; see {self.c.dir}/log")
                time.sleep(0.01)
        self.load_s = time.monotonic() - begun
        return self

    def answers(self, name, qtype):
        r = probe(self.port, name, qtype, 0.1)
        return r is not None and (self.echo or (r[3] & 15 == 0 and r[7] > 0))

    def pids(self):
        return session_pids(self.p.pid)

    def cpu(self):
        """(total ns, user ticks, system ticks) of every process and thread"""
        ns = user = system = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat") as f:
                    s = f.read()
                f = s[s.rindex(")") + 2:].split()
                user += int(f[11])
                system += int(f[12])
                for t in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{t}/schedstat") as f:
                        ns += int(f.read().split()[0])
            except OSError:
                pass
        return ns, user, system

    def cpu_s(self):
        """Seconds of user and system time; those of threads that ended too, in ticks."""
        _, user, system = self.cpu()
        return (user + system) / TICK

    def pss_mb(self):
        kb = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    kb += sum(int(l.split()[1]) for l in f if l.startswith("Pss:"))
            except OSError:
                pass
        return kb / 1024

    def settle(self, limit=60):
        """Waits until the server uses under 2 % of a core (no more loading, freeing ...)."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            before = self.cpu()[0]
            time.sleep(0.3)
            if self.cpu()[0] - before < 6e6:
                return

    def stop(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGTERM)
        end = time.monotonic() + 15
        while time.monotonic() < end and self.pids():
            self.p.poll()
            time.sleep(0.02)
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.p.wait()
        self.log.close()

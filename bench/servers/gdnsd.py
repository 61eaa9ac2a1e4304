# gdnsd has no DNSSEC and no root zone, so not "root"; its start with 100,000 zones takes
# over a minute of CPU, so not "many" either
import os
import shutil

WORKLOADS = {"big", "hot", "steered", "steered-plain", "steered-bare", "steered-bare-plain", "steered-1m"}
BINARY = shutil.which("gdnsd", path="/usr/sbin:/usr/bin")
VERSION = ["gdnsd", "-V"]


def geoip(c):
    """The map of the steered workloads, its service monitored by nothing."""
    names = [f"r{i}" for i in range(8)]
    nets = "nets-1m" if c.workload == "steered-1m" else "nets-100k"
    os.makedirs(f"{c.dir}/etc/geoip")
    os.symlink(f"{c.data}/steered/{nets}.gdnsd", f"{c.dir}/etc/geoip/nets")
    targets = "".join(f"      r{i} => {{ addrs_v4 => {{ a => 192.0.2.{i + 1} }}, addrs_v6 => {{ a => 2001:db8::{i + 1} }} }}\n" for i in range(8))
    return f"""plugins => {{ geoip => {{
  maps => {{ clients => {{ datacenters => [ {", ".join(names)} ], nets => nets }} }}
  resources => {{ www => {{ map => clients, service_types => up, dcmap => {{
{targets}    }} }} }}
}} }}
"""


def start(c):
    for d in ("etc", "etc/zones", "run", "state"):
        os.makedirs(f"{c.dir}/{d}")
    with open(f"{c.dir}/etc/config", "w") as f:
        f.write(f"""options => {{
  listen => [ 127.0.0.1 ], dns_port => {c.port}, udp_threads => 1, tcp_threads => 1,
  run_dir => {c.dir}/run, state_dir => {c.dir}/state
}}
""")
        if c.workload.startswith("steered"):
            f.write(geoip(c))
    for z, p in c.zones:
        if c.workload.startswith("steered"):
            p = f"{c.data}/steered/steer.gdnsd"
        os.symlink(p, f"{c.dir}/etc/zones/{z.rstrip('.')}")
    return ["gdnsd", "-c", f"{c.dir}/etc", "start"]

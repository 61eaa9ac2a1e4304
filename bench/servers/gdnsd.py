# gdnsd has no DNSSEC and no root zone, so not "root"; its start with 100,000 zones takes
# over a minute of CPU, so not "many" either
import os
import shutil

WORKLOADS = {"big", "hot"}
BINARY = shutil.which("gdnsd", path="/usr/sbin:/usr/bin")
VERSION = ["gdnsd", "-V"]


def start(c):
    for d in ("etc", "etc/zones", "run", "state"):
        os.makedirs(f"{c.dir}/{d}")
    with open(f"{c.dir}/etc/config", "w") as f:
        f.write(f"""options => {{
  listen => [ 127.0.0.1 ], dns_port => {c.port}, udp_threads => 1, tcp_threads => 1,
  run_dir => {c.dir}/run, state_dir => {c.dir}/state
}}
""")
    for z, p in c.zones:
        os.symlink(p, f"{c.dir}/etc/zones/{z.rstrip('.')}")
    return ["gdnsd", "-c", f"{c.dir}/etc", "start"]

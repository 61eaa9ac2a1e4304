import shutil

WORKLOADS = {"root", "big", "hot", "many"}
BINARY = shutil.which("knotd", path="/usr/sbin:/usr/bin")
VERSION = ["knotd", "-V"]


def start(c):
    with open(f"{c.dir}/knot.conf", "w") as f:
        f.write(f"""server:
    rundir: "{c.dir}"
    listen: 127.0.0.1@{c.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "{c.dir}"
template:
  - id: default
    storage: "{c.dir}"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
""")
        for z, p in c.zones:
            f.write(f"  - domain: {z}\n    file: \"{p}\"\n")
    return ["knotd", "-c", f"{c.dir}/knot.conf"]

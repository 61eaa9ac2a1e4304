import shutil

WORKLOADS = {"root", "big", "hot", "many"}
BINARY = shutil.which("nsd", path="/usr/sbin:/usr/bin")
VERSION = ["nsd", "-v"]


def start(c):
    with open(f"{c.dir}/nsd.conf", "w") as f:
        f.write(f"""server:
    server-count: 1
    ip-address: 127.0.0.1
    port: {c.port}
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{c.dir}"
    pidfile: "{c.dir}/nsd.pid"
    xfrdfile: ""
    xfrdir: "{c.dir}"
    zonelistfile: "{c.dir}/zone.list"
    rrl-ratelimit: 0
    minimal-responses: yes
    zonefiles-check: no
    zonefiles-write: 0
    hide-version: yes
remote-control:
    control-enable: no
""")
        for z, p in c.zones:
            f.write(f"zone:\n  name: {z}\n  zonefile: {p}\n")
    return ["nsd", "-d", "-c", f"{c.dir}/nsd.conf"]

import shutil

WORKLOADS = {"root", "big", "hot", "many"}
BINARY = shutil.which("named", path="/usr/sbin:/usr/bin")
VERSION = ["named", "-v"]


def start(c):
    with open(f"{c.dir}/named.conf", "w") as f:
        f.write(f"""options {{
  directory "{c.dir}";
  listen-on port {c.port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; lock-file none;
  dnssec-validation no; notify no; minimal-responses yes; querylog no;
  recursion no;
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
""")
        for z, p in c.zones:
            f.write(f'zone "{z}" {{ type primary; file "{p}"; }};\n')
    return ["named", "-f", "-n", "1", "-c", f"{c.dir}/named.conf"]

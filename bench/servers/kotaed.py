import json
import os

WORKLOADS = {"root", "big", "hot", "many", "many-dir", "steered", "steered-plain", "steered-bare", "steered-bare-plain", "steered-signed",
             "steered-signed-plain", "steered-1m"}
BINARY = os.environ.get("KOTAED")  # bench/run sets it to what it built


def steering(data, workload):
    nets = "nets-1m" if workload == "steered-1m" else "nets-100k"
    regions = range(8)
    return {
        "maps": {"clients": {"networks-file": f"{data}/steered/{nets}.csv", "default": "r0"}},
        "pools": {f"r{i}": {"members": [{"address": f"192.0.2.{i + 1}"}, {"address": f"2001:db8::{i + 1}"}]} for i in regions},
        "services": {"www.steer.test": {"map": "clients", "regions": {f"r{i}": f"r{i}" for i in regions}, "ttl": "300s"}},
    }


def start(c):
    with open(f"{c.dir}/kotae.yaml", "w") as f:
        f.write(f"""node: {{name: bench, workers: 1, state: "{c.dir}"}}
control: {{socket: "{c.dir}/control.sock"}}
listen:
  - {{address: 127.0.0.1, port: {c.port}, serve: authority}}
zones:
""")
        if c.workload == "many-dir":
            f.write(f'  "*": {{directory: "{c.data}/many.d"}}\n')
        else:
            keys = f', key-files: "{c.data}/steered/steer.private"' if "signed" in c.workload else ""
            f.writelines(f'  "{z}": {{file: "{p}"{keys}}}\n' for z, p in c.zones)
        if c.workload.startswith("steered"):
            f.write(f"steering: {json.dumps(steering(c.data, c.workload))}\n")  # JSON is YAML
    return [BINARY, "-c", f"{c.dir}/kotae.yaml"]

import os

WORKLOADS = {"root", "big", "hot", "many", "many-dir"}
BINARY = os.environ.get("KOTAED")  # bench/run sets it to what it built


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
            f.writelines(f'  "{z}": {{file: "{p}"}}\n' for z, p in c.zones)
    return [BINARY, "-c", f"{c.dir}/kotae.yaml"]

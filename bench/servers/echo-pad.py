# floor: UDP echo, answers padded to the workload's typical size
WORKLOADS = {"root", "big", "hot", "many", "steered", "steered-bare", "steered-signed"}
ECHO = True


def start(c):
    return [f"{c.work}/udpecho", "-p", str(c.port), "-b", "64", "-P", str(c.pad)]

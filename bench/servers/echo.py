# floor: bare UDP echo, same size back, recvmmsg/sendmmsg in batches of 64
WORKLOADS = {"root", "big", "hot", "many", "steered", "steered-bare", "steered-signed"}
ECHO = True


def start(c):
    return [f"{c.work}/udpecho", "-p", str(c.port), "-b", "64"]

#!/usr/bin/python3
"""A tutorial, typed: its files, its commands in one shell, and what they print.

In a document, a line that ends in "`NAME`:" and the fenced block behind it are a file; a block
of ```console holds commands behind "$ " and what a terminal shows.  "..." in that stands for any
lines.  Times, ports and the directory are another's: they are taken for the document's.

    KOTAE_BUILD=build tests/system/tutorial.py docs/from-gdnsd.md     prints what differs
    KOTAE_BUILD=build tests/system/tutorial.py --write docs/...       writes what is so into it
"""
import difflib
import os
import pathlib
import pty
import re
import shlex
import subprocess
import sys
import tempfile
import threading

import harness

HOME = '/home/ops/move'
BLOCK = re.compile(r'(?:`(?P<file>[^`\n]+)`:\n\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$', re.M | re.S)
PORT = re.compile(r'\b[1-4]0053\b')
TIME = re.compile(r'\b20\d\d-\d\d-\d\dT[\d:]+(\.\d+)?Z')
WAIT = '''until {{ kill -0 $! 2>/dev/null || {{ cat *.log; exit 1; }}; }} && dig @127.0.0.1 -p {port} +tries=1 +time=1 example.com SOA >/dev/null
do sleep 0.1; done
'''


class Step:
    """A command and what the document shows behind it."""

    def __init__(self, command, start, end, shown):
        self.command, self.start, self.end, self.shown = command, start, end, shown
        self.printed = ''


def read(text):
    """Files by name, and commands with their places in the text."""
    files, steps = [], []
    for block in BLOCK.finditer(text):
        if block['file'] and block['kind'] != 'console':
            files.append((block['file'], block['text'], block.start()))
        if block['kind'] != 'console':
            continue
        at = block.start('text')
        for part in re.finditer(r'^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)', block['text'], re.M):
            steps.append(Step(part[1], at + part.start(2), at + part.end(2), part[2]))
    return files, steps


def script(files, steps, ports, directory):
    """One shell for all: a file is written when the text has come to it."""
    lines = ['set +m']
    todo = sorted([(f[2], f) for f in files] + [(s.start, s) for s in steps], key=lambda pair: pair[0])

    def local(text):
        return PORT.sub(lambda m: str(ports[m[0]]), text).replace(HOME, directory)

    for n, (_, item) in enumerate(todo):
        if isinstance(item, tuple):
            name, text, _ = item
            lines.append(f'mkdir -p {shlex.quote(os.path.dirname(name) or ".")}; printf %s {shlex.quote(local(text))} > {shlex.quote(name)}')
            continue
        lines += [f'echo "@@ {n}"', local(item.command)]
        item.number = n
        if item.command.rstrip().endswith('&'):
            port = PORT.search(item.command) or PORT.search(program_port(item.command, files, steps, item))
            lines.append(WAIT.format(port=ports[port[0]]))
    return '\n'.join(lines) + '\necho "@@ end"\nkill $(jobs -p) 2>/dev/null\nwait\n'


def program_port(command, files, steps, step):
    """The port of a server that starts: the comment behind says it, else the newest file or sed before it."""
    before = [text for _, text, at in files if at < step.start] + [s.command for s in steps if s.start < step.start]
    kinds = {'gdnsd': '20053', 'kotaed': '10053', 'unbound': '20053', 'pdns_recursor': '30053'}
    wanted = kinds[command.split()[0]]
    assert any(wanted in text for text in before), f'no port for: {command}'
    return wanted


def terminal(directory, text):
    """What a terminal shows of the script."""
    leader, follower = pty.openpty()
    path = ':'.join([os.path.dirname(harness.build('kotae')), os.path.dirname(harness.build('kotaed')), os.environ['PATH'], '/usr/sbin'])
    environment = {**os.environ, 'PATH': path, 'NO_COLOR': '1', 'TERM': 'dumb', 'LC_ALL': 'C.UTF-8'}
    shell = subprocess.Popen(['bash', '-c', text], cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower)
    os.close(follower)
    stop = threading.Timer(240, shell.kill)
    stop.start()
    shown = b''
    while True:
        try:
            octets = os.read(leader, 65536)
        except OSError:  # the last one that held the terminal is gone
            break
        if not octets:
            break
        shown += octets
    shell.wait()
    stop.cancel()
    os.close(leader)
    return shown.decode(errors='replace').replace('\r\n', '\n')


def run(path):
    """The document's text and its steps, each with what it printed."""
    text = pathlib.Path(path).read_text()
    files, steps = read(text)
    ports = {port: harness.free_endpoint('127.0.0.1')[1] for port in ('10053', '20053', '30053', '40053')}
    with tempfile.TemporaryDirectory() as directory:
        shown = terminal(directory, script(files, steps, ports, directory))
        shown = shown.replace(directory, HOME)
    for port, ours in ports.items():
        shown = re.sub(rf'\b{ours}\b', port, shown)
    parts = re.split(r'^@@ (\w+)\n', shown, flags=re.M)
    printed = dict(zip(parts[1::2], parts[2::2]))
    assert 'end' in printed, shown[-4000:]
    for step in steps:
        step.printed = TIME.sub('2026-11-22T23:30:00Z', re.sub(r' +$', '', printed[str(step.number)], flags=re.M))
    return text, steps


def fits(step):
    """Is what was printed what the document shows?"""
    shown = TIME.sub('2026-11-22T23:30:00Z', step.shown).rstrip('\n')
    pattern = '\n'.join('(?:.*)' if line.strip() == '...' else re.escape(line) for line in shown.split('\n'))
    return re.fullmatch(pattern, step.printed.rstrip('\n'), re.S) is not None


def differences(path):
    """A text for each command whose output is not what the document says."""
    _, steps = run(path)
    assert steps, f'no commands in {path}'
    return [f'$ {s.command}\n' + '\n'.join(difflib.unified_diff(s.shown.splitlines(), s.printed.splitlines(), 'document', 'terminal', lineterm=''))
            for s in steps if not fits(s)]


def write(path):
    text, steps = run(path)
    for step in reversed(steps):
        if not fits(step):
            printed = step.printed.rstrip('\n')
            text = text[:step.start] + (printed + '\n' if printed else '') + ('\n' if step.shown.endswith('\n\n') else '') + text[step.end:]
    pathlib.Path(path).write_text(text)


if __name__ == '__main__':
    if sys.argv[1] == '--write':
        write(sys.argv[2])
    else:
        sys.exit('\n'.join(differences(sys.argv[1])) or 0)

#!/usr/bin/python3
"""A tutorial, typed: its files, its commands in one shell, and what they print.

In a document, a line that ends in "`NAME`:" and the fenced block behind it are a file; a block
of ```console holds commands behind "$ " and what a terminal shows.  "..." in that stands for any
lines.  Times, ports and the directory are another's: they are taken for the document's.

README.md has its commands in indented blocks; they are typed where the demonstration runs.

    KOTAE_BUILD=build tests/system/tutorial.py docs/from-gdnsd.md     prints what differs
    KOTAE_BUILD=build tests/system/tutorial.py --write docs/...       writes what is so into it
"""
import difflib
import os
import pathlib
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

import harness

HOME = '/home/ops/move'
BLOCK = re.compile(r'(?:`(?P<file>[^`\n]+)`:\n\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$', re.M | re.S)
INDENTED = re.compile(r'(?:^    .*\n)(?:^(?:    .*)?\n)*', re.M)
PORT = re.compile(r'\b(?:[1-4]0053|5300|8053)\b')
# What is another's each time: it is taken for the same.
OTHER = [(re.compile(r'\b20\d\d-\d\d-\d\dT[\d:]+(\.\d+)?Z'), '2026-11-22T23:30:00Z'), (re.compile(r'process \d+'), 'process 1'),
         (re.compile(r'\d+ workers, \d+ queries'), '2 workers, 0 queries'), (re.compile(r'(answered\S*) \d+'), r'\1 1'),
         (re.compile(r'\d+ loaded, \d+ unchanged'), '1 loaded, 3 unchanged')]
WAIT = '''until {{ kill -0 $! 2>/dev/null || {{ cat *.log; exit 1; }}; }} && dig @127.0.0.1 -p {port} +tries=1 +time=1 example.com SOA >/dev/null
do sleep 0.1; done
'''


class Step:
    """A command and what the document shows behind it."""

    def __init__(self, command, start, end, shown, indent=''):
        self.command, self.start, self.end, self.shown, self.indent = command, start, end, shown, indent
        self.printed = ''


def read(text):
    """Files by name, and commands with their places in the text."""
    files, steps = [], []
    if '```console' not in text:
        for block in INDENTED.finditer(text):
            for part in re.finditer(r'^    \$ (.*)\n((?:(?!    \$ ).*\n)*)', block[0], re.M):
                at = block.start()
                shown = re.sub(r'^    ', '', part[2], flags=re.M)
                steps.append(Step(part[1], at + part.start(2), at + part.end(2), shown, '    '))
        return files, steps
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
    if not files:
        demonstration(ports, directory)
        lines += ['build/kotaed -c etc/demo/kotae.yaml > demo.log 2>&1 &', WAIT.format(port=ports['5300'])]
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


def demonstration(ports, directory):
    """The tree as README.md sees it, with other ports."""
    top = pathlib.Path(directory)
    shutil.copytree(os.path.join(harness.ROOT, 'etc', 'demo'), top / 'etc/demo', ignore=shutil.ignore_patterns('state'))
    config = top / 'etc/demo/kotae.yaml'
    config.write_text(PORT.sub(lambda m: str(ports[m[0]]), config.read_text()))
    (top / 'build').mkdir()
    for program in ('kotae', 'kotaed'):
        (top / 'build' / program).symlink_to(harness.build(program))


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
    ports = {port: harness.free_endpoint('127.0.0.1')[1] for port in ('10053', '20053', '30053', '40053', '5300', '8053')}
    with tempfile.TemporaryDirectory() as directory:
        shown = terminal(directory, script(files, steps, ports, directory))
        shown = shown.replace(directory, HOME)
    for port, ours in ports.items():
        shown = re.sub(rf'\b{ours}\b', port, shown)
    parts = re.split(r'^@@ (\w+)\n', shown, flags=re.M)
    printed = dict(zip(parts[1::2], parts[2::2]))
    assert 'end' in printed, shown[-4000:]
    for step in steps:
        step.printed = re.sub(r'[ \t]+$', '', printed[str(step.number)], flags=re.M)
    return text, steps


def same(text):
    for what, to in OTHER:
        text = what.sub(to, text)
    return text.rstrip('\n')


def fits(step):
    """Is what was printed what the document shows?"""
    shown = same(step.shown)
    pattern = '\n'.join('(?:.*)' if line.strip() == '...' else re.escape(line) for line in shown.split('\n'))
    return re.fullmatch(pattern, same(step.printed), re.S) is not None


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
            printed = re.sub('^', step.indent, step.printed.rstrip('\n'), flags=re.M) if step.printed.strip() else ''
            text = text[:step.start] + (printed + '\n' if printed else '') + ('\n' if step.shown.endswith('\n\n') else '') + text[step.end:]
    pathlib.Path(path).write_text(text)


if __name__ == '__main__':
    if sys.argv[1] == '--write':
        write(sys.argv[2])
    else:
        sys.exit('\n'.join(differences(sys.argv[1])) or 0)

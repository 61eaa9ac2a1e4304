"""kotaed's answers beside NSD's and Knot's: hundreds of zones, tens of thousands of questions.

Flags, rcode and sections must be the same, or the difference one that difference.RULES names
with its RFC.  `make test` takes a sample, `make test-full` all.  KOTAE_TEST_SEED makes other
zones and questions.
"""
import collections
import os

import pytest

import ask
import difference
import harness
import wire
import zonegen

SEED = int(os.environ.get('KOTAE_TEST_SEED', '20261122'))
N_ZONES, N_QUERIES = (330, 24000) if harness.FULL else (90, 7000)


@pytest.fixture(scope='module')
def bench(tmp_path_factory):
    """The world, and a client each for kotaed, NSD, Knot."""
    directory = tmp_path_factory.mktemp('differential')
    world = zonegen.World(SEED, N_ZONES)
    zones = world.write(directory / 'zones')
    servers, clients = [], []
    try:
        for i, kind in enumerate((harness.SUBJECT, harness.Nsd, harness.Knot)):
            servers.append(kind(directory / str(i), zones).start())
            clients.append(ask.Client(servers[-1]))
        # NSD once more, parents and children in two servers: see nsd-glue-exists.
        apart = {}
        held = {wire.name_wire(name).lower() for name in zones}
        for side in (0, 1):
            some = {name: path for name, path in zones.items() if depth(wire.name_wire(name).lower(), held) % 2 == side}
            if some:
                servers.append(harness.Nsd(directory / f'apart{side}', some).start())
                clients.append(ask.Client(servers[-1]))
                apart.update({wire.name_wire(name).lower(): clients[-1] for name in some})
        yield world, clients[:3], apart
    finally:
        for client in clients:
            client.close()
        for server in servers:
            server.stop()


def depth(name, held):
    """How many held zones are above it."""
    labels = wire.labels_of(name)
    return sum(wire.from_labels(labels[i:]) in held for i in range(1, len(labels)))


def describe(query, clients):
    out = [str(query)]
    for client in clients:
        lines = client.ask(query).text().splitlines()
        out += [f'{client.server.kind}: {lines[0]}'] + lines[1:40]
    return '\n'.join(out)


def test_answers_are_those_of_nsd_and_knot(bench):
    world, (ours, *peers), apart = bench
    nsd, knot = peers
    knot_judge = difference.Judge(world, ours, knot)
    judges = [difference.Judge(world, ours, nsd, apart, knot_judge), knot_judge]
    again = ask.Client(ours.server)
    counts, wrong, kinds = collections.Counter(), [], collections.Counter()
    n = 0
    for query in ask.queries(world, N_QUERIES):
        n += 1
        first = difference.View(ours.ask(query))
        second = difference.View(again.ask(query))
        if not first.same(second):  # the second may come from a cache
            wrong.append(f'asked twice, two answers: {first.differences(second)}\n{describe(query, [ours, again])}')
        assert first.question.startswith(query.name), f'the letter case of the question is not kept: {query}'
        for judge in judges:
            rules, left = judge.explain(query)
            if left:
                what = f'{judge.kind}: {", ".join(left)}' + (f' (after {", ".join(rules)})' if rules else '')
                kinds[what] += 1
                if kinds[what] <= 3:
                    wrong.append(f'{what}\n{describe(query, [ours] + peers)}')
            else:
                for rule in rules:
                    counts[judge.kind, rule] += 1
    again.close()
    print(f'{n} queries to {len(world.zones)} zones, seed {SEED}')
    for (kind, rule), number in sorted(counts.items()):
        print(f'{number:6} {kind:5} {rule}: {difference.RULES[rule]}')
    summary = '\n'.join(f'{number:6} {what}' for what, number in kinds.most_common())
    assert not wrong, f'{sum(kinds.values())} differences that no rule explains, seed {SEED}\n{summary}\n\n' + '\n\n'.join(wrong[:60])

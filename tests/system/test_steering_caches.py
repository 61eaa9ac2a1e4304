"""Real caches in front of kotaed: whatever the order in which clients ask, every answer is right.

A resolver that keeps answers by client subnet is only as right as the scopes it is told.  Unbound
takes the shortest entry that covers a client, PowerDNS Recursor the longest.
"""
import json
import os
import subprocess
import sys

import pytest

import harness

ORDERS = 400 if harness.FULL else 60
SEED = int(os.environ.get('KOTAE_TEST_SEED', 7871))


def orders(resolver, server, directory, n):
    """Runs them in a network namespace of their own; what was wrong."""
    harness.tool(resolver)
    unshare = [harness.tool('unshare'), '--net'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    script = os.path.join(os.path.dirname(__file__), 'cache_orders.py')
    if subprocess.run([*unshare, 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('network namespaces are not permitted here')
    done = subprocess.run([*unshare, sys.executable, script, resolver, server, str(directory), str(n), str(SEED)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600,
                          env={**os.environ, 'KOTAE_BUILD': harness.BUILD})
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize('resolver', ['unbound', 'pdns_recursor'])
def test_every_order_of_clients_gets_right_answers(resolver, tmp_path):
    assert orders(resolver, 'kotaed', tmp_path, ORDERS) == []


@pytest.mark.parametrize('resolver', ['unbound', 'pdns_recursor'])
def test_scope_0_makes_the_same_orders_fail(resolver, tmp_path):
    """So the test above can fail: the answers are the same, only the scope is not true."""
    wrong = orders(resolver, 'zero', tmp_path, 10)
    assert len(wrong) >= 10

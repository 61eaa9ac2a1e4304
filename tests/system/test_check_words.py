"""docs/zone-check.md lists the words of the findings: all of them, and no others."""
import os
import re

import harness


def test_every_finding_is_documented():
    source = ''
    directory = os.path.join(harness.ROOT, 'src', 'zone')
    for name in os.listdir(directory):
        if name.startswith('check') and name.endswith('.c'):
            with open(os.path.join(directory, name)) as text:
                source += text.read()
    said = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', source))
    said |= set(re.findall(r'KT_(?:ERROR|WARNING), "([a-z0-9]+)"', source))
    with open(os.path.join(harness.ROOT, 'docs', 'zone-check.md')) as text:
        documented = set(re.findall(r'`([a-z][a-z0-9-]+)`', re.sub(r'^#.*', '', text.read(), flags=re.M)))
    assert len(said) > 40 and said == documented

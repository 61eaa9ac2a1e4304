"""What the tutorials tell to type is typed, and prints what they show."""
import os

import pytest

import harness
import tutorial


@pytest.mark.parametrize('name, programs', [('from-gdnsd', 'gdnsd dig'), ('ecs-for-isps', 'unbound pdns_recursor dig curl')])
def test_a_tutorial_can_be_typed(name, programs):
    for program in programs.split():
        harness.tool(program)
    different = tutorial.differences(os.path.join(harness.ROOT, 'docs', name + '.md'))
    assert not different, '\n\n'.join(different)


@pytest.mark.parametrize('name', ['README.md', 'docs/from-gdnsd.md', 'docs/ecs-for-isps.md'])
def test_no_tutorial_shows_a_command_that_went_wrong(name):
    """What a document shows is what it printed when it was written: also when a file was missing."""
    with open(os.path.join(harness.ROOT, name)) as text:
        for line in text:
            assert 'No such file' not in line and 'command not found' not in line, line


def test_the_commands_of_the_readme_can_be_typed():
    for program in ('dig', 'curl'):
        harness.tool(program)
    different = tutorial.differences(os.path.join(harness.ROOT, 'README.md'))
    assert not different, '\n\n'.join(different)


def test_what_differs_is_found(tmp_path):
    """The judge of the tutorials can fail, and passes over what is left out."""
    text = '`a/b`:\n\n```\nfirst\nsecond\nthird\n```\n\n```console\n$ cat a/b\nfirst\n...\nthird\n$ echo \\\n  on\n%s\n$ true\n```\n'
    (tmp_path / 'good.md').write_text(text % 'on')
    assert tutorial.differences(tmp_path / 'good.md') == []
    (tmp_path / 'bad.md').write_text(text % 'off')
    [one] = tutorial.differences(tmp_path / 'bad.md')
    assert '-off' in one and '+on' in one

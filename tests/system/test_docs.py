"""Documents say what is so."""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


def sources():
    return "\n".join(p.read_text() for p in (TOP / "src").rglob("*.[ch]"))


def test_functions_named_in_the_story_of_a_query_exist():
    text = sources()
    names = set(re.findall(r"`([a-z0-9_]+)\(\)`", (TOP / "docs/query.md").read_text()))
    assert len(names) > 15
    missing = [n for n in sorted(names) if not re.search(rf"\b{n}\(", text)]
    assert missing == []


def test_rooms_of_the_architecture_are_those_of_the_tree():
    layers = [l.split(":")[0] for l in (TOP / "src/LAYERS").read_text().splitlines() if l and l[0] != "#"]
    text = (TOP / "docs/architecture.md").read_text()
    assert [l for l in layers if f"`{l}/`" not in text] == []
    assert all((TOP / "src" / l).is_dir() for l in layers)


def test_the_list_of_rfc_sections_is_up_to_date():
    run = subprocess.run([TOP / "tools/rfc.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_links_between_documents_lead_somewhere():
    broken = []
    for doc in [TOP / "README.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", doc.read_text()):
            if "://" not in target and not (doc.parent / target).exists():
                broken.append(f"{doc.relative_to(TOP)}: {target}")
    assert broken == []

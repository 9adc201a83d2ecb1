"""The audit of the package finds what is wrong: in small packages that the tests write."""

import io
import sys
import tarfile
import zipfile

import pytest

from audit.packages import Failed, release_faults, run, timed, vulnerability_faults
from audit.wheels import sdist_faults, wheel_faults

WHEEL = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
METADATA = b"Metadata-Version: 2.4\nName: tiny\nVersion: 1\nRequires-Dist: numpy>=2\n"
WHOLE = {
    "tiny/__init__.py": b"",
    "tiny/part/__init__.py": b"ONE = 1\n",
    "tiny-1.data/data/etc/tiny.json": b"{}",
    "tiny-1.dist-info/WHEEL": WHEEL,
    "tiny-1.dist-info/METADATA": METADATA,
    "tiny-1.dist-info/RECORD": b"",
    "tiny-1.dist-info/licenses/LICENSE": b"Do as you like.\n",
}
NOT_MEANT = " is in the wheel, and neither a module of tiny nor shared"


@pytest.fixture
def faults_of(tmp_path):
    """Return a function that writes a wheel with these changes, and returns its faults."""
    package, licence = tmp_path / "tiny", tmp_path / "LICENSE"
    (package / "part").mkdir(parents=True)
    for path in (package / "__init__.py", package / "part" / "__init__.py"):
        path.write_bytes(WHOLE[path.relative_to(tmp_path).as_posix()])
    licence.write_bytes(WHOLE["tiny-1.dist-info/licenses/LICENSE"])

    def faults_of(changes):
        wheel = tmp_path / "tiny-1-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in (WHOLE | changes).items():
                if content is not None:
                    archive.writestr(name, content)
        never = ["/home/somebody"]
        return wheel_faults(wheel, package, licence, shared=["etc/tiny.json"], never=never)

    return faults_of


def test_a_whole_wheel_has_no_faults(faults_of):
    assert faults_of({}) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"tests/test_tiny.py": b""},
            "tests/test_tiny.py" + NOT_MEANT,
        ),
        (
            {"tiny/notes.txt": b""},
            "tiny/notes.txt" + NOT_MEANT,
        ),
        (
            {"tiny-1.data/data/etc/tiny.json": None},
            "tiny-1.data/data/etc/tiny.json is missing in the wheel",
        ),
        ({"tiny/part/__init__.py": None}, "tiny/part/__init__.py is missing in the wheel"),
        (
            {"tiny/__init__.py": b"HERE = '/home/somebody/tiny'\n"},
            "tiny/__init__.py has in it '/home/somebody', which is true on one machine only",
        ),
        (
            {"tiny-1.dist-info/WHEEL": WHEEL.replace(b"py3-none", b"cp311-cp311")},
            "the wheel is for ['cp311-cp311-any']: expected ['py3-none-any'], since there is "
            "nothing compiled",
        ),
        (
            {"tiny-1.dist-info/licenses/LICENSE": None},
            "the wheel does not have LICENSE as it is: see license-files",
        ),
        (
            {"tiny-1.dist-info/licenses/LICENSE": b"All rights reserved.\n"},
            "the wheel does not have LICENSE as it is: see license-files",
        ),
        (
            {"tiny-1.dist-info/METADATA": METADATA + b"Requires-Dist: a @ file:///a.whl\n"},
            "'a @ file:///a.whl' names an address: give a version",
        ),
        ({"tiny-1.dist-info/RECORD": None}, "the wheel has no RECORD"),
    ],
)
def test_a_faulty_wheel_is_refused(faults_of, changes, fault):
    assert faults_of(changes) == [fault]


@pytest.mark.parametrize(
    ("names", "faults"),
    [
        (["tiny-1/LICENSE", "tiny-1/tiny/__init__.py"], []),
        (["tiny-1/LICENSE"], ["tiny is missing in the source distribution"]),
        (
            ["tiny-1/LICENSE", "tiny-1/tiny/__init__.py", "tiny-1/docs/hub/README.md"],
            ["docs is in the source distribution"],
        ),
        (
            ["tiny-1/LICENSE", "tiny-1/tiny/__init__.py", "else/a.py"],
            ["else/a.py is not in the folder tiny-1", "a.py is in the source distribution"],
        ),
    ],
)
def test_a_source_distribution_has_what_is_meant(tmp_path, names, faults):
    path = tmp_path / "tiny-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert sdist_faults(path, {"LICENSE", "tiny"}) == faults


def test_vulnerable_packages_and_packages_that_were_not_asked_about_are_faults():
    answers = [
        {"name": "whole", "version": "1", "vulns": []},
        {"name": "torn", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1", "3"]}]},
        {"name": "lost", "version": "4", "vulns": [{"id": "CVE-2", "fix_versions": []}]},
        {"name": "unknown", "skip_reason": "not found"},
    ]
    assert vulnerability_faults(answers) == [
        "unknown was not audited: not found",
        "torn 2: CVE-1; 2.1 or 3 repairs it: raise the bound",
        "lost 4: CVE-2; not repaired yet",
    ]


def found(**fields):
    metadata = {"name": "tiny", "version": "2.0", "license_expression": "MIT"} | fields
    return {"metadata": metadata, "is_yanked": fields.get("is_yanked", False)}


def test_the_newest_release_is_compared_with_bounds_and_docs(capsys):
    assert release_faults(found(), ["tiny>=1,<3"], "MIT") == []
    assert capsys.readouterr().out == ""
    assert release_faults(found(), ["tiny>=1,<2", "tiny>=1,<3"], "MIT") == []
    assert capsys.readouterr().out == "outdated: tiny 2.0 is there, and tiny>=1,<2 keeps it out\n"
    assert release_faults(found(license_expression="GPL-3.0-only"), ["tiny>=1"], "MIT") == [
        "tiny: docs/dependencies.md says MIT, the package ['GPL']"
    ]
    assert release_faults(found(is_yanked=True), ["tiny>=1"], "MIT") == [
        "tiny 2.0 was withdrawn (yanked): exclude it with !=2.0"
    ]


def test_what_a_command_said_and_what_to_do_is_told(tmp_path):
    program = "print('before'); raise SystemExit('it broke')"
    with pytest.raises(Failed, match=r"(?s)Mend it\. .* said:\n  before\n  it broke"):
        run([sys.executable, "-c", program], "Mend it", cwd=tmp_path)
    assert run([sys.executable, "-c", program], "Mend it", cwd=tmp_path, ok=(1,)) == "before\n"


def test_a_command_does_not_see_the_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = "import os; print(os.environ.get('PYTHONPATH'), os.getcwd())"
    told = run([sys.executable, "-c", program], "Mend it", cwd=tmp_path)
    assert told.split() == ["None", str(tmp_path.resolve())]


def test_a_step_that_fails_is_a_fault_and_the_next_one_is_taken(capsys):
    def broken(work):
        """Break."""
        raise Failed("it broke: mend it")

    faults, _ = timed(broken, None)
    assert faults == ["it broke: mend it"]
    assert "FAULT: it broke: mend it" in capsys.readouterr().out

"""The workflows may do what they need, and no more."""

import re
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[1] / ".github"
WORKFLOWS = sorted(FOLDER.glob("workflows/*.yml"))
WRITES = {"publish"}  # to the branch of the site

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def steps(path):
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


@each_workflow
def test_it_may_read_and_only_who_publishes_may_write(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "write" if path.stem in WRITES else "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


@each_workflow
def test_every_action_is_of_a_major_version(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []


@each_workflow
def test_no_token_is_left_where_installed_packages_can_read_it(path):
    checkouts = [step for step in steps(path) if "checkout" in step.get("uses", "")]
    assert checkouts
    assert {step["with"]["persist-credentials"] for step in checkouts} == {"false"}


@each_workflow
def test_every_job_has_its_end(path):
    assert all(int(job["timeout-minutes"]) <= 350 for job in read(path)["jobs"].values())


def test_the_actions_are_kept_up_to_date():
    updates = read(FOLDER / "dependabot.yml")["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["github-actions"]

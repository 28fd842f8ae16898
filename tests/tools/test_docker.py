"""The container files fit the project: what they name exists, nothing secret stands in them, nothing runs as root."""

import re
import shlex
import subprocess

import pytest
import yaml

from tools import paths

DOCKER = paths.PROJECT / "docker"
DOCKERFILE = DOCKER / "Dockerfile"
COMPOSE = DOCKER / "compose.yaml"


def _instructions() -> list[tuple[str, list[str]]]:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], shlex.split(line.split(None, 1)[1])) for line in lines]


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def _copied() -> list[str]:
    return [source for word, words in _instructions() if word == "COPY" for source in words[:-1]]


def test_everything_that_the_image_copies_exists():
    assert _copied()
    assert [source for source in _copied() if not (paths.PROJECT / source).exists()] == []


def test_the_image_holds_every_addon_where_odoo_looks_for_it():
    copied = {words[0]: words[1] for word, words in _instructions() if word == "COPY"}
    expected = {name: f"/mnt/extra-addons/{name}" for name in paths.own_addons()}
    assert {name: copied.get(name) for name in expected} == expected
    assert "addons_path = /mnt/extra-addons" in (DOCKER / "odoo.conf").read_text()


def test_nothing_that_the_image_copies_is_left_out_of_the_build():
    kept = [line[1:] for line in (paths.PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    tops = {source.split("/")[0] for source in _copied()}
    assert [top for top in tops if not any(re.fullmatch(rule.replace("*", ".*"), top) for rule in kept)] == []


def test_the_image_is_the_official_odoo_and_does_not_run_as_root():
    words = _instructions()
    assert words[0] == ("FROM", ["odoo:19.0"])
    assert [users for word, users in words if word == "USER"][-1] == ["odoo"]


def test_the_files_that_the_services_build_from_and_mount_exist(services):
    named = []
    for service in services.values():
        if "build" in service:
            context = DOCKER / service["build"]["context"]
            named += [context, context / service["build"]["dockerfile"]]
        named += [DOCKER / volume.split(":")[0] for volume in service.get("volumes", []) if volume.startswith(".")]
    assert len(named) > 3
    assert [str(path) for path in named if not path.exists()] == []


def test_the_volumes_and_networks_of_the_services_are_declared(services):
    declared = yaml.safe_load(COMPOSE.read_text())
    volumes = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert {volume for volume in volumes if not volume.startswith(".")} == set(declared["volumes"])
    assert {name for service in services.values() for name in service["networks"]} == set(declared["networks"])


def test_every_secret_comes_from_the_environment_and_must_be_given(services):
    secrets = [
        value
        for service in services.values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "SECRET" in name
    ]
    assert len(secrets) >= 2
    assert [value for value in secrets if not re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value)] == []
    assert not re.search(r"^\s*(admin_passwd|db_password)\s*=", (DOCKER / "odoo.conf").read_text(), re.MULTILINE)


def test_every_service_that_stays_is_watched_and_may_not_gain_rights(services):
    image_watches = any(word == "HEALTHCHECK" for word, _words in _instructions())
    assert {"web", "cron", "postgres", "proxy"} <= set(services)
    for name, service in services.items():
        stays = service["restart"] != "no"
        assert not stays or "healthcheck" in service or ("build" in service and image_watches), name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_nothing_starts_before_what_it_needs_is_ready(services):
    waits = {name: service.get("depends_on", {}) for name, service in services.items()}
    assert waits["install"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("web", "cron"):
        assert waits[name] == {"install": {"condition": "service_completed_successfully"}}
    assert waits["proxy"] == {"web": {"condition": "service_healthy"}}


def test_there_are_several_workers_for_pages_and_others_for_scheduled_jobs(services):
    def option(name, words):
        return next(int(word.partition("=")[2]) for word in words if word.startswith(f"--{name}="))

    web, cron = services["web"]["command"], services["cron"]["command"]
    assert option("workers", web) > 1
    assert option("max-cron-threads", web) == 0
    assert option("max-cron-threads", cron) > 1


def test_the_door_leads_to_services_that_exist(services):
    upstreams = re.findall(r"^\s+server (\w+):(\d+);", (DOCKER / "nginx.conf").read_text(), re.MULTILINE)
    assert upstreams == [("web", "8069"), ("web", "8072")]
    assert {host for host, _port in upstreams} <= set(services)


def test_odoo_knows_every_option_of_its_configuration():
    from odoo.tools import config

    lines = (line.strip() for line in (DOCKER / "odoo.conf").read_text().splitlines())
    names = {line.partition("=")[0].strip() for line in lines if "=" in line and not line.startswith(";")}
    assert names
    assert names - set(config.options_index) == set()


def test_hadolint_has_nothing_to_say_about_the_image():
    command = [paths.VENV / "bin" / "hadolint", "--no-color", "--failure-threshold", "warning", DOCKERFILE]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr

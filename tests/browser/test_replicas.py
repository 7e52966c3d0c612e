"""Two replicas behind a real nginx: visitors stay on theirs, and one that dies costs no picture."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import free_port, started
from tests.browser.visit import at_rest, changed, drawn, numbers, opened, settled, slider
from tests.deploy.door import NGINX, body, opened_door, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        NGINX is None and os.environ.get("CI") != "true",
        reason="no nginx on this machine; install the package nginx-light",
    ),
]
MOST_VISITORS = 10


class Lab:
    """Two replicas, the door before them, and what can be seen of who is where."""

    def __init__(self, door, log, servers):
        self.door, self.log, self.servers = door, log, servers

    def served(self, page):
        """Where this visitor's requests went, those that named them."""
        (cookie,) = (one["value"] for one in page.context.cookies() if one["name"] == "lab_visitor")
        lines = [line.split("|") for line in self.log.read_text().splitlines()]
        return {replica for visitor, replica, *_ in lines if visitor == cookie}

    def errors(self):
        """The requests a server failed at, but for the door's own question whether all are warm."""
        lines = [line.split("|") for line in self.log.read_text().splitlines()]
        return [line for line in lines if line[2] >= "500" and line[3] != "/api/ready"]

    def live(self, replica):
        """How many visitors have their live connection on a replica."""
        counts = body(f"http://{replica}/api/metrics")
        found = re.search(r"^contranorm_live_connections (\S+)$", counts, flags=re.MULTILINE)
        return int(float(found.group(1))) if found else 0

    def sessions(self, replica):
        """How many Streamlit sessions a replica has connected."""
        counts = body(f"http://{replica}/_stcore/metrics")
        found = re.search(r"^active_sessions (\S+)$", counts, flags=re.MULTILINE)
        return int(float(found.group(1))) if found else 0


@pytest.fixture
def lab(tmp_path):
    ports = [free_port(), free_port()]
    secret = {"STREAMLIT_SERVER_COOKIE_SECRET": "shared by both"}
    servers = {f"127.0.0.1:{port}": started(port, **secret) for port in ports}
    port = free_port()
    try:
        with opened_door(tmp_path, port, ports) as log:
            yield Lab(f"http://localhost:{port}", log, servers)
    finally:
        for server in servers.values():
            server.kill()
            server.wait(20)


def arrived(browser, lab):
    """Open pages until each replica has two visitors; return them by replica."""
    visitors = {replica: [] for replica in lab.servers}
    for number in range(MOST_VISITORS):
        if min(map(len, visitors.values())) >= 2:
            break
        page = opened(browser, f"{lab.door}/?s=0.6&seed={number}")
        drawn(page)
        (replica,) = lab.served(page)
        visitors[replica].append(page)
    return visitors


def picture(page):
    return drawn(page), numbers(page), page.url


def test_visitors_stay_on_a_replica_and_move_to_the_other_when_theirs_is_killed(browser, lab):
    visitors = arrived(browser, lab)
    (dies, movers), (lives, others) = sorted(visitors.items(), key=lambda item: len(item[1]))
    assert len(movers) >= 2, "the hash put nearly everybody on one replica"

    for replica, pages in visitors.items():
        assert lab.live(replica) == lab.sessions(replica) == len(pages)
        page = pages[0]
        for title in ("Sources and receipts", "Watch it collapse"):
            page.get_by_role("link", name=title).click()
            expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
            settled(page)
        page.reload()
        drawn(page)
        settled(page)
        assert lab.served(page) == {replica}

    everybody = len(movers) + len(others)
    before = {page: picture(page) for page in movers + others}
    lab.servers[dies].kill()
    lab.servers[dies].wait(20)
    seconds = wait_until(lambda: lab.live(lives) == lab.sessions(lives) == everybody)
    print(f"{len(movers)} visitors moved to the other replica in {seconds:.1f} s")
    assert seconds < 10

    for page in movers + others:
        settled(page)
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert picture(page) == before[page]
    for page in movers:
        slider(page, "s, strength").focus()
        page.keyboard.press("ArrowRight")
        changed(page, before[page][1])
        at_rest(page, "s", "0.7")
        assert page.locator(".live[data-drawn]").get_attribute("data-transport") == "websocket"
        moved = picture(page)
        page.reload()
        settled(page)
        assert picture(page) == moved
        assert lab.served(page) >= {lives}
    assert lab.errors() == []

"""What a visitor does in a browser, and waiting until the page has followed."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

# Where a point of the chart with this title, or a cell of its matrix, is on the screen.
PLACE = """([key, row, column]) => {
  const titles = [...document.querySelectorAll('.live-chart figcaption')];
  const found = titles.find((title) => title.textContent.startsWith(key));
  const plot = found.closest('figure').querySelector('.js-plotly-plot');
  plot.scrollIntoView({ block: 'center' });
  const { xaxis, yaxis } = plot._fullLayout;
  const matrix = plot.data[0].type === 'heatmap';
  const [x, y] = matrix ? [column, row] : [plot.data[0].x[row], plot.data[0].y[row]];
  const box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.l2p(x), box.top + yaxis._offset + yaxis.l2p(y)];
}"""


def opened(browser, url, *, width=1280, scheme="light", **options):
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        **options,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    settled(page)
    return page


def settled(page):
    expect(page.get_by_text("Where this comes from")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=60_000)


def held_back(page):
    """Keep the server's answers from the page, and return the list they go into."""
    held = []

    def delay(socket):
        server = socket.connect_to_server()
        server.on_message(lambda message: held.append((socket, message)))

    page.route_web_socket("**/live", delay)
    return held


def drawn(page):
    """Wait until the live part has charts, and return what identifies their numbers."""
    page.wait_for_selector(".live[data-drawn]")
    return page.locator(".live").first.get_attribute("data-drawn")


def numbers(page):
    return page.locator(".live-findings li").all_inner_texts()


def slider(page, name):
    return page.get_by_role("slider", name=name)


def changed(page, before):
    """Wait until the findings differ from `before`, and return them."""
    for _ in range(300):
        if numbers(page) not in ([], before):
            settled(page)
            if numbers(page) != before:
                return numbers(page)
        page.wait_for_timeout(100)
    raise AssertionError("the numbers did not change")


def at_rest(page, name, value):
    """Wait until the address carries the value, so that the whole page has followed."""
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
    )
    settled(page)


def violations(page):
    """What axe finds, but for a role that Streamlit gives its own upload field.

    The field is operable and has a name; the rule is advice, and no setting changes the role.
    """
    return [
        (found["id"], node["html"][:160])
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
        if not _streamlits(found, node)
    ]


def _streamlits(found, node):
    upload = 'data-testid="stFileUploaderDropzone"' in node["html"]
    return found["id"] == "presentation-role-conflict" and upload

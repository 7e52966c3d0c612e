"""When a chart is moved and when it is drawn anew: its module before a library that takes notes."""

import pytest

from tests.browser.test_parts import page  # noqa: F401 - a fixture

STAGE = """async () => {
  const { Charts } = await import('/charts.js');
  window.calls = [];
  const handlers = new Map();
  const plotly = {
    react(gd, data, layout) {
      gd.layout = layout; gd.on = (name, act) => handlers.set(name, act);
      calls.push(['react', data, layout]);
    },
    animate(gd, frame) { calls.push(['animate', frame.data, frame.layout]); },
    purge() {},
  };
  window.fire = (name, event) => handlers.get(name)(event);
  window.views = {};
  window.charts = new Charts(plotly, views, { numbers: 'The numbers', csv: 'CSV' }, () => {});
  document.body.append(charts.node);
  window.show = ({ x = [1, 2], range = [0, 3], text = '#111', title = 'x', note = '' }) => {
    const chart = {
      key: 'one', titles: ['t'], sentences: ['s'], badges: [], note, row: 0, folded: '',
      traces: [{ type: 'scatter', x: { take: 'x', at: [null] }, y: { take: 'x', at: [null] } }],
      layout: { xaxis: { title: { text: title }, range }, yaxis: { range: [0, 1] } },
      columns: [['a "b"', ['=1+1', 'x,"y"']], ['n', { take: 'x', at: [null] }]],
    };
    const scene = { charts: [chart], findings: [], frame_findings: [] };
    const arrays = { x: { shape: [x.length], values: Float32Array.from(x) } };
    charts.show({ scene, arrays }, 0, { text, line: '#222', font: 'serif' }, 0);
  };
  show({});
  while (!calls.length) await new Promise(requestAnimationFrame);
  calls.length = 0;
}"""


@pytest.fixture
def stage(page):  # noqa: F811 - the fixture above
    page.evaluate(STAGE)
    return page


def test_points_and_ranges_move_without_a_redrawing(stage):
    stage.evaluate("() => show({ x: [2, 1], range: [0, 9] })")
    ((kind, data, layout),) = stage.evaluate("calls")
    assert kind == "animate"
    assert data == [{"x": [2, 1], "y": [2, 1]}]
    assert layout == {"xaxis": {"range": [0, 9]}}


@pytest.mark.parametrize(
    "changed", ["{ text: '#fff' }", "{ title: 'another' }", "{ x: [1, 2, 3] }"]
)
def test_anything_else_is_drawn_anew(stage, changed):
    stage.evaluate(f"() => show({changed})")
    assert [call[0] for call in stage.evaluate("calls")] == ["react"]


def test_a_note_is_words_and_costs_no_redrawing(stage):
    stage.evaluate("() => show({ note: '5 %' })")
    assert [call[0] for call in stage.evaluate("calls")] == ["animate"]
    assert "5 %" in stage.locator("figure").inner_text()


def test_a_zoomed_axis_and_a_hidden_line_stay(stage):
    stage.evaluate(
        """() => {
          fire('plotly_relayout', { 'xaxis.range[0]': 1, 'xaxis.range[1]': 2 });
          document.querySelector('.live-plot').layout.xaxis.range = [1, 2];
          fire('plotly_restyle', [{ visible: ['legendonly'] }, [0]]);
          show({ x: [2, 1], range: [0, 9] });
          show({ text: '#fff', range: [0, 9] });
        }"""
    )
    (moved, redrawn) = stage.evaluate("calls")
    assert (moved[0], moved[2]) == ("animate", {})
    assert redrawn[2]["xaxis"]["range"] == [1, 2]
    assert redrawn[1][0]["visible"] == "legendonly"
    stage.evaluate("() => { calls.length = 0; fire('plotly_doubleclick'); }")
    ((kind, data, layout),) = stage.evaluate("calls")
    assert (kind, layout["xaxis"]["range"]) == ("react", [0, 9])
    assert "visible" not in data[0]


def test_a_wider_page_redraws_the_chart_at_its_width(stage):
    stage.set_viewport_size({"width": 700, "height": 900})
    stage.wait_for_function("() => calls.length > 0")
    kind, _, layout = stage.evaluate("calls.at(-1)")
    assert kind == "react"
    assert layout["width"] == stage.evaluate("document.querySelector('.live-plot').clientWidth")

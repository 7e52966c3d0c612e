"""The main page's pictures in shades: all singular values at once, and a digit."""

from ui.figures.palette import plot_layout, style
from ui.packet import Packet
from ui.scene import Chart, Column, Take
from ui.text import Words


def heat(packet: Packet, branch: int, words: Words) -> Chart:
    """Draw all singular values of a branch, layers by index, as powers of ten of the largest."""
    name, count = style(packet.branches[branch]).title, packet.singular_values.shape[-1]
    layers = Take("layer", (None, 0))
    trace = {
        "type": "heatmap",
        "x": layers,
        "y": Take("index", (None,)),
        "z": Take("powers", (None, branch, None)),
        "transpose": True,
        "colorscale": "Cividis",
        "zmin": -4,
        "zmax": 0,
        "colorbar": {"title": {"text": words("heat_unit")}},
    }
    return Chart(
        key=f"heat_{branch}",
        titles=(words("heat", name=name),),
        sentences=(words("heat_alt", name=name, layers=packet.depth + 1, count=count),),
        traces=(trace,),
        layout=plot_layout(
            words("layer_axis"),
            words("spectrum_x"),
            xrange=(-0.5, packet.depth + 0.5),
            yrange=(0.5, count + 0.5),
        ),
        columns=(
            Column(words("column_layer"), layers),
            *(
                Column(
                    words("column_value", index=index + 1),
                    Take("powers", (None, branch, index)),
                )
                for index in range(count)
            ),
        ),
        row=4,
        folded=words("heats"),
    )


def digit(packet: Packet, words: Words) -> Chart:
    """Draw a digit and the borders of its sixteen patches."""
    edges = (1.5, 3.5, 5.5)
    line = {"color": "#D55E00", "width": 1}
    borders = [
        {"type": "line", "line": line, "x0": x0, "x1": x1, "y0": y0, "y1": y1}
        for edge in edges
        for x0, x1, y0, y1 in ((edge, edge, -0.5, 7.5), (-0.5, 7.5, edge, edge))
    ]
    title = words("digit_title", truth=packet.truth)
    return Chart(
        key="digit",
        titles=(title,),
        sentences=(title,),
        traces=(
            {
                "type": "heatmap",
                "z": Take("pixels", (None, None)),
                "colorscale": "Greys",
                "showscale": False,
            },
        ),
        layout=plot_layout(words("column"), words("row"), xrange=(-0.5, 7.5), yrange=(7.5, -0.5))
        | {"shapes": borders},
        columns=tuple(
            Column(words("column_pixels", column=column), Take("pixels", (None, column)))
            for column in range(8)
        ),
        row=3,
    )

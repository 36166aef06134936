"""The plots are pictures: well-formed, with every row named. What they show is measured when they are drawn."""

from collections import Counter
from xml.etree import ElementTree as ET

from tests.calibration.measuring import Found, Quiet
from tests.calibration.plots import DELAYS, STEPS, coverage_svg, delays_svg, opened_svg

FOUND = [Found(delay=day, right=True, dated=day > 1, sized=day > 2) for day in range(10)]


def test_each_plot_names_its_rows() -> None:
    quiet = {"a & b": Quiet(years=50, opened=20, by=Counter()), "c": Quiet(years=50, opened=90, by=Counter())}
    pictures = (
        (opened_svg(quiet), quiet),
        (delays_svg(dict.fromkeys(DELAYS, FOUND)), DELAYS),
        (coverage_svg(dict.fromkeys(STEPS, FOUND)), STEPS),
    )
    for svg, names in pictures:
        words = {element.text for element in ET.fromstring(svg).iter() if element.text}
        assert set(names) <= words

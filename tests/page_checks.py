"""What a page owes to those who see little, have no mouse, or read Korean, asked in the browser itself."""

from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


FAULTS = r"""
const faults = [], seen = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== "hidden";
const say = (one, what) => faults.push(`${one.tagName.toLowerCase()}#${one.id || one.className || one.parentElement?.id}: ${what}`);
const nameOf = (one) => (one.getAttribute("aria-label") || (one.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("") || [...(one.labels ?? [])].map((label) => label.textContent).join("") || one.textContent).trim();
if (!document.documentElement.lang) say(document.documentElement, "no language");
if (!document.title.trim()) say(document.head, "no title");
if (document.querySelectorAll("h1").length !== 1 || document.querySelectorAll("main").length !== 1) say(document.body, "not one h1 and one main");
let level = 1;
for (const heading of [...document.querySelectorAll("h1,h2,h3,h4")].filter(seen)) {
  if (Number(heading.tagName[1]) > level + 1) say(heading, "a level is left out");
  if (!heading.textContent.trim()) say(heading, "an empty heading");
  level = Number(heading.tagName[1]);
}
const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place))) say(document.body, `the id ${id} comes twice`);
for (const one of [...document.querySelectorAll("button,a,input,select,summary,[role=grid],[role=group],nav,section")].filter(seen)) if (!nameOf(one)) say(one, "no name");
for (const one of [...document.querySelectorAll("canvas,svg,img")].filter(seen)) {
  const owner = one.closest("button,label,a");
  if (owner ? !nameOf(owner) : !(["img", "application"].includes(one.getAttribute("role")) && nameOf(one))) say(one, "a picture without words");
}
for (const one of [...document.querySelectorAll("*")].filter((each) => each.onclick && seen(each))) if (!one.matches("button,a,input,select,summary,[tabindex]")) say(one, "only a mouse can click on it");
for (const grid of document.querySelectorAll("[role=grid]")) if (!grid.querySelector("[tabindex='0']")) say(grid, "no cell is reached by Tab");
for (const one of [...document.querySelectorAll("button,a,select,input:not([type=file])")].filter(seen)) {
  const box = one.getBoundingClientRect();
  if (box.height < 18 && !one.closest("td")) say(one, `only ${box.height} pixels high`);
}
const part = (value) => ((value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
const colorOf = (text) => text.match(/[\d.]+/g).map(Number);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const one = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !seen(one) || one.closest("script,style,:disabled,noscript")) continue;
  const layers = [];
  for (let each = one; each; each = each.parentElement) layers.unshift(colorOf(getComputedStyle(each).backgroundColor));
  const ground = layers.reduce((below, [red, green, blue, alpha = 1]) => below.map((value, place) => value + alpha * ([red, green, blue][place] - value)), [255, 255, 255]);
  const [high, low] = [light(colorOf(getComputedStyle(one).color)), light(ground)].sort((first, second) => second - first);
  if ((high + 0.05) / (low + 0.05) < 4.5) say(one, `contrast ${((high + 0.05) / (low + 0.05)).toFixed(1)}: ${walker.currentNode.textContent.slice(0, 20)}`);
}
return [...new Set(faults)];
"""

FOCUSED = r"""
const one = document.activeElement;
if (!one || one === document.body) return null;
const style = getComputedStyle(one), box = one.getBoundingClientRect(), key = Object.entries(one.dataset)[0];
window.marked ??= new Set();
const isNew = !window.marked.has(one);
window.marked.add(one);
return { name: one.id || (key ? key.join("=") : one.tagName), part: one.closest("[id]:not(button):not(input):not(select)")?.id, ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth, isNew };
"""

WORDS = r"""
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const one = walker.currentNode.parentElement;
  if (one.getClientRects().length && !one.closest("script,style,noscript")) found.push(walker.currentNode.textContent);
}
for (const one of document.querySelectorAll("[aria-label],[title],[placeholder]"))
  if (one.getClientRects().length) for (const name of ["aria-label", "title", "placeholder"]) if (one.getAttribute(name)) found.push(one.getAttribute(name));
return found;
"""


def has_width(browser: webdriver.Chrome, width: int) -> None:
    """Give a page the width of a phone or a screen; `has_any_width` takes it back."""
    sizes = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sizes)


def has_any_width(browser: webdriver.Chrome) -> None:
    """Let a page be as wide as its window again."""
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def faults_of(browser: webdriver.Chrome) -> list[str]:
    """Return what a page lacks: names, roles, languages, keys, sizes, contrast."""
    found: list[str] = browser.execute_script(FAULTS)
    return found


def tabbed(browser: webdriver.Chrome, most: int = 400) -> list[dict[str, Any]]:
    """Press Tab from the top of a page until it comes round, and return what was reached, in order."""
    browser.execute_script(
        "window.marked = new Set(); document.body.tabIndex = -1; document.body.focus();"
        "document.body.removeAttribute('tabindex'); scrollTo(0, 0);"
    )
    reached: list[dict[str, Any]] = []
    for _ in range(most):
        press(browser, Keys.TAB)
        focused = browser.execute_script(FOCUSED)
        if focused is None or not focused["isNew"]:
            if reached:
                return reached
            continue
        reached.append(focused)
    message = f"more than {most} stops"
    raise AssertionError(message)


def texts_of(browser: webdriver.Chrome) -> list[str]:
    """Return every text that is shown or read out."""
    found: list[str] = browser.execute_script(WORDS)
    return found


def is_narrow(browser: webdriver.Chrome) -> bool:
    """Whether a page is no wider than its window, nor any control out of it."""
    widths: list[float] = browser.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth,"
        " Math.max(...[...document.querySelectorAll('header *, nav *, h2, section > *, #scores *')].filter((one) => one.getClientRects().length)"
        ".map((one) => one.getBoundingClientRect().right))]"
    )
    return widths[0] <= widths[1] and widths[2] <= widths[1] + 0.5


def press(browser: webdriver.Chrome, *keys: str) -> None:
    """Press keys one after the other, whatever has the focus then."""
    for key in keys:
        ActionChains(browser, 0).send_keys(key).perform()


def write_over(browser: webdriver.Chrome, text: str) -> None:
    """Write over what stands in the field that has the focus, and leave it untaken."""
    browser.execute_script("document.activeElement.select()")
    press(browser, text)


def body(browser: webdriver.Chrome) -> str:
    """Return the text of a page."""
    return browser.find_element(By.TAG_NAME, "body").text

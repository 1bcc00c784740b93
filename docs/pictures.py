"""Takes the documentation's pictures again: `python docs/pictures.py [SCENE...]`, from the top of a checkout."""

import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.testing.chromium import launch_options
from tests.serving import Server
from tests.supervisor import busy

IMAGES = Path(__file__).parent / "images"
SIZES = {"": (1440, 900), "-narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

UNSETTLED = re.compile("Connecting to|Looking the number up")
"""What the CRM panel says until it has found who calls."""

Scene = Callable[[Page, Server], None]


def desk(page: Page, server: Server) -> None:
    """A call rings, and the CRM panel has found who calls."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    server.call(ani="8015551234", dnis="8005550199", skill="Support", variables={"OrderID": "A-1001"})
    expect(page.frame_locator("iframe[title=CRM]").get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")


def calls(page: Page, server: Server) -> None:
    """Two calls, one of them on hold, and the messages that passed."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    for ani, skill in (("8015550142", "Sales"), ("8015551234", "Support")):
        server.act(server.call(ani=ani, dnis="8005550199", skill=skill), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.keyboard.press("Alt+Shift+E")
    expect(page.get_by_role("button", name="Record")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+Shift+D")
    expect(page.locator(".message").last).to_contain_text("CallContactEvent")


def knowledge(page: Page, server: Server) -> None:
    """The knowledge workspace while a call of Support is on."""
    server.act(server.call(ani="8015551234", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.frame_locator("iframe[title=Knowledge]").get_by_text("Support").first).to_be_visible()


def softphone(page: Page, server: Server) -> None:
    """The softphone panel with a call on it."""
    server.act(server.call(ani="8015551234", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.get_by_role("tab", name="Softphone").click()
    expect(page.frame_locator("iframe[title=Softphone]").get_by_role("button", name="Hang up")).to_be_enabled()


def new_contact(page: Page, server: Server) -> None:
    """The form that lets a call arrive."""
    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    page.get_by_label("Screen-pop variables").fill("OrderID=A-1001")


def chat(page: Page, server: Server) -> None:
    """A chat in which the customer types, and what waits beside it."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    talk = server.call(
        media="chat", skill="Support", customer="Dana Whitfield", text="Hello, where is my order?", **{"from": "dana@example.com"}
    )
    server.act(talk, "answer")
    for sender, text in (
        ("agent", "Good morning, Dana. Which order do you mean?"),
        ("customer", "A-1001, the blue lamp. It should have been here on Tuesday."),
        ("agent", "I see it: it left our store on Monday. One moment, I ask the carrier."),
    ):
        server.post(f"/api/v1/agents/1001/contacts/{talk}/messages", {"from": sender, "text": text})
    server.call(media="voicemail", skill="Sales", file="voicemail.wav", duration=48, **{"from": "8015550142", "to": "8005550199"})
    server.call(media="email", skill="Sales", subject="Your offer", **{"from": "max@example.org", "to": "sales@example.com"})
    server.post(f"/api/v1/agents/1001/contacts/{talk}/typing", {"from": "customer"})
    page.locator(".row", has_text="Dana Whitfield").click()
    expect(page.locator(".typing")).to_have_text("Dana Whitfield types …")


def voicemail(page: Page, server: Server) -> None:
    """A voicemail that is played, and a work item with its payload waiting."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    message = server.call(
        media="voicemail", skill="Sales", file="voicemail.wav", duration=48, **{"from": "8015550142", "to": "8005550199"}
    )
    server.act(message, "answer")
    server.post(f"/api/v1/agents/1001/contacts/{message}/play", {"position": 12})
    server.call(
        media="workitem", skill="Support", workItemType="return", payload={"order": "A-1001", "reason": "broken", "pieces": 2}
    )
    expect(page.get_by_role("slider")).to_be_visible()


def work_item(page: Page, server: Server) -> None:
    """A work item's payload as a table."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    payload = {
        "order": "A-1001",
        "reason": "broken on arrival",
        "pieces": 2,
        "customer": {"name": "Dana Whitfield", "city": "Provo"},
    }
    server.act(server.call(media="workitem", skill="Support", workItemType="return", payload=payload), "answer")
    expect(page.get_by_text("broken on arrival")).to_be_visible()


def wrap_up(page: Page, server: Server) -> None:
    """After-call work that counts down, with a disposition half written."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    call = server.call(ani="8015551234", skill="Returns")
    server.act(call, "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    server.act(call, "hangup")
    form = page.get_by_role("form", name="Disposition")
    form.get_by_role("combobox").select_option(index=1)
    form.get_by_role("textbox").fill("Sent a new lamp today, express. Calls again if it is not there on Friday.")


def consult(page: Page, server: Server) -> None:
    """The agent chooses a colleague to consult."""
    for agent in ("1001", "1002", "1003", "1004"):
        server.post(f"/api/v1/agents/{agent}/state", {"state": "Available"})
    server.post("/api/v1/agents/1003/state", {"state": "Unavailable", "reason": "Lunch"})
    server.act(server.call("1004", ani="8015550142", skill="Sales"), "answer", agent="1004")
    server.act(server.call(ani="8015551234", dnis="8005550199", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.get_by_role("button", name="Consult", exact=True).click()
    expect(page.locator("#colleagues").get_by_role("option")).to_have_count(6)


def conference(page: Page, server: Server) -> None:
    """Two agents and a customer in a conference."""
    for agent in ("1001", "1002"):
        server.post(f"/api/v1/agents/{agent}/state", {"state": "Available"})
    server.act(server.call(ani="8015551234", dnis="8005550199", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    server.post("/api/v1/agents/1001/consult", {"agent": "1002"})
    [theirs] = server.get("/api/v1/agents/1002")["contacts"]
    server.act(theirs["contactId"], "answer", agent="1002")
    server.post("/api/v1/agents/1001/conference-calls", {})
    expect(page.locator(".row .status")).to_have_text(["Joined", "Joined"])


def recorder(page: Page, server: Server) -> None:
    """The recorder while it records, masked."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    page.get_by_role("tab", name="Recorder").click()
    frame = page.frame_locator("iframe[title=Recorder]")
    frame.get_by_role("button", name="Start recording").click()
    call = server.call(ani="8015551234", skill="Support", customer="Dana Whitfield")
    server.act(call, "answer")
    server.act(call, "hold")
    page.get_by_role("tab", name="Recorder").click()
    expect(frame.get_by_text("Holding").first).to_be_visible()


def trouble(page: Page, server: Server) -> None:
    """A panel whose server does not run."""
    page.get_by_role("tab", name="Orders").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def supervisor(page: Page, server: Server) -> None:
    """The overview of 50 agents and 200 contacts."""
    page.goto(f"{server.url}/supervisor")
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(busy.CONTACTS)
    if page.locator(".parts").is_visible():
        page.get_by_role("button", name="Agents").click()


SCENES: Sequence[Scene] = (
    desk,
    calls,
    chat,
    voicemail,
    work_item,
    wrap_up,
    consult,
    conference,
    knowledge,
    softphone,
    recorder,
    new_contact,
    trouble,
    supervisor,
)

SETTINGS = """
[[agent]]
id = "1001"
name = "Robin Vale"

[[agent]]
id = "1002"
name = "Sam Ortiz"

[[agent]]
id = "1003"
name = "Nia Moss"

[[agent]]
id = "1004"
name = "Lee Stone"

[[skill]]
id = 4101
name = "Support"
acw = 3

[[skill]]
id = 4102
name = "Sales"

[[skill]]
id = 4103
name = "Returns"
acw = 90

[[panel]]
name = "CRM"
url = "/panels/crm"

[[workspace]]
name = "Knowledge"
url = "/panels/knowledge"

[[workspace]]
name = "Softphone"
url = "/panels/softphone"

[[workspace]]
name = "Recorder"
url = "/panels/recorder"
"""

DEAD = """
[[workspace]]
name = "Orders"
url = "http://localhost:8799/orders"
"""


def main(wanted: Sequence[str]) -> None:
    scenes = [scene for scene in SCENES if scene.__name__ in (wanted or [scene.__name__])]
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        browser = playwright.chromium.launch(**launch_options(playwright.chromium.executable_path))
        for scene in scenes:
            settings = folder / "bridge.toml"
            settings.write_text(SETTINGS + (DEAD if scene is trouble else ""))
            journal = "memory:"
            if scene is supervisor:
                settings.write_text(busy.settings())
                busy.fill(folder / "journal", settings)
                journal = f"sqlite:///{folder / 'journal'}"
            server = Server("--config", str(settings), journal=journal)
            for scheme in SCHEMES:
                for size, (width, height) in SIZES.items():
                    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
                    if scene is not supervisor:
                        server.post("/api/v1/reset")
                        page.goto(server.url)
                        expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
                    scene(page, server)
                    for crm in page.locator("iframe[title=CRM]:visible").all():
                        expect(crm.content_frame.get_by_text(UNSETTLED).locator("visible=true")).to_have_count(0)
                    page.evaluate("Promise.allSettled(document.getAnimations().map(({finished}) => finished))")
                    page.screenshot(path=IMAGES / f"{scene.__name__.replace('_', '-')}-{scheme}{size}.png")
                    page.close()
            server.stop()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

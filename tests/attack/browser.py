"""Stored texts that would run: written into what others read, then opened in Chromium."""

from playwright.sync_api import sync_playwright

from tests.attack.hostile import SCRIPT, TEXTS
from tests.attack.visitor import Visitor
from tests.browsers import FLAGS, find_chromium
from tests.front.proxy import Front

RUNS = [text for name, text in TEXTS.items() if SCRIPT in text]
TEXT = " ".join(RUNS)


def plant() -> None:
    """Into names, titles and texts of what the demonstration holds, past every form."""
    from challenges.calls.models import Call, Enquiry
    from challenges.pitches.models import Answer, Pitch
    from marketplace.accounts.models import User
    from startups.models import Organisation

    for model, names in [
        (Call, ("title", "summary")),
        (Enquiry, ("question", "answer", "typed")),
        (Pitch, ("title", "summary")),
        (Organisation, ("name", "summary")),
        (User, ("name",)),
        (Answer, ("value",)),
    ]:
        fields = {field.name: field for field in model._meta.concrete_fields}
        for number, row in enumerate(model._base_manager.order_by("pk")[:200]):
            text = RUNS[number % len(RUNS)]
            longest = {name: fields[name].max_length for name in names if name in fields}
            values = {
                name: f"{number} {text}"[:most] if most else f"{number} {TEXT}"
                for name, most in longest.items()
            }
            model._base_manager.filter(pk=row.pk).update(**values)


def pages_to_open(visitor: Visitor, paths: list[str], most: int) -> list[str]:
    """Pages that this person reaches: those named, and what they link to."""
    from bs4 import BeautifulSoup

    found = dict.fromkeys(paths)
    for path in paths:
        soup = BeautifulSoup(visitor.get(path).content, "html.parser")
        for link in soup.select("main a[href^='/']"):
            found[str(link["href"]).partition("#")[0]] = None
    skipped = ("logout", "/static/", "/documents/", "download", ".pdf", ".xlsx", ".csv", ".zip")
    return [path for path in found if not any(word in path for word in skipped)][:most]


def look(front: Front, people: dict[str, Visitor], *, most: int) -> tuple[int, list[str]]:
    """How many pages were opened, and where something ran or was stopped by the policy only."""
    plant()
    opened, wrong = 0, []
    where = {
        "visitor": ["/", "/challenges/", "/search/?q=a", "/organisations/"],
        "owner": ["/dashboard/", "/interests/"],
        "judge": ["/judging/"],
        "officer": ["/admin/desk/calls/", "/admin/desk/pitches/", "/admin/", "/admin/desk/"],
    }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for who, paths in where.items():
            context = chromium.new_context(ignore_https_errors=True, base_url=front.url)
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": front.url}
                    for name, value in people[who].cookies.items()
                ]
            )
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("dialog", lambda dialog, said=said: (said.append("dialog"), dialog.dismiss()))
            for path in pages_to_open(people[who], paths, most):
                said.clear()
                answer = page.goto(path, wait_until="load")
                opened += 1
                if answer and answer.status >= 500:
                    wrong.append(f"{who}, {path}: {answer.status}")
                if page.evaluate("window.pwned === 1") or "dialog" in said:
                    wrong.append(f"{who}, {path}: a stored script ran")
                stopped = [text[:200] for text in said if "Content Security Policy" in text]
                wrong += [f"{who}, {path}: only the policy stopped: {text}" for text in stopped]
            context.close()
        chromium.close()
    return opened, wrong

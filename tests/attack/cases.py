"""The attacks, each a row: what it is, and a function that says what did not hold."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from tests.asking import ask, ask_raw
from tests.attack.hostile import (
    ADDRESSES,
    BODIES,
    HEADERS,
    NEXT,
    SCRIPT,
    TEXTS,
)
from tests.attack.scene import Case, Scene, broken
from tests.attack.spoken import SPOKEN, WAYS_HERE, asked_anew, sent_from, spoken
from tests.attack.visitor import TOKEN, Heard, Visitor, multipart
from tests.front.proxy import trusting


def shows_script(answer: Heard) -> bool:
    """Whether what was sent stands in the page as markup of its own."""
    text = answer.text
    live = re.search(r"<(?:script|img|svg|details|iframe|math)\b[^>]*" + SCRIPT, text)
    return bool(live or re.search(rf"<script>\s*(?:window|parent)\.{SCRIPT}", text))


def reflected(text: str) -> Callable[[Scene], list[str]]:
    """Sent where pages show again what was sent: queries, addresses, refused forms."""

    def act(scene: Scene) -> list[str]:
        short = quote(text.encode("utf-8", "surrogatepass"))[:3000]
        paths = [
            f"/search/?q={short}",
            f"/search/?kind={short}&sort={short}&page={short}",
            f"/accounts/login/?next={short}",
            f"/{short[:900]}/",
            f"/organisations/?sector={short}&place={short}",
        ]
        answers = {path[:40]: scene.nobody.get(path) for path in paths}
        page = "/accounts/login/"
        sent = {"login": text[:60_000], "password": "x", "next": text[:60_000]}
        answers["sign-in"] = scene.nobody.post(page, sent, page=page)
        page = "/accounts/signup/"
        sent = {"email": text[:60_000], "name": text[:60_000], "password1": text[:60_000]}
        answers["sign-up"] = scene.nobody.post(page, sent, page=page)
        owner = scene.people["owner"]
        answers["question"] = owner.post(
            "/calls/ask/", {"topic": text[:60_000], "text": text[:60_000]}, page="/calls/ask/"
        )
        wrong = broken(answers)
        wrong += [f"{what}: script in the page" for what, a in answers.items() if shows_script(a)]
        wrong += [
            f"{what}: a header of the visitor’s own"
            for what, a in answers.items()
            if any("evil" in cookie for cookie in a.cookies)
        ]
        slow = [f"{what}: {a.seconds:.0f} s" for what, a in answers.items() if a.seconds > 20]
        return wrong + slow

    return act


def led_away(to: str) -> Callable[[Scene], list[str]]:
    def act(scene: Scene) -> list[str]:
        owner, wrong = scene.people["owner"], []
        for page in ("/accounts/login/", "/accounts/signup/", "/admin/login/"):
            found = owner.get(f"{page}?next={quote(to)}")
            place = found.location
            here = urlsplit(scene.front.url).netloc
            away = urlsplit(place).netloc not in ("", here) or place.startswith(("\\", "/\\"))
            scheme = urlsplit(place).scheme not in ("", "https")
            if away or scheme or not found.status or found.status >= 500:
                wrong.append(f"{page}: {found.status} → {place}")
        return wrong

    return act


def with_headers(headers: dict[str, str]) -> Callable[[Scene], list[str]]:
    def act(scene: Scene) -> list[str]:
        sent = {
            name: value.encode("latin-1", "replace").decode("latin-1")
            for name, value in headers.items()
        }
        answers = {}
        for path in ("/", "/search/?q=a", "/dashboard/", "/accounts/login/", "/static/site.css"):
            answers[path] = scene.people["owner"].get(path, sent)
        wrong = broken(answers)
        for what, answer in answers.items():
            if "evil.example" in answer.location or "evil.example" in answer.text:
                wrong.append(f"{what}: speaks of another host")
            if answer.status == 200 and "/admin/" in answer.location:
                wrong.append(f"{what}: led to the admin")
        return wrong

    return act


def with_body(kind: str, body: bytes) -> Callable[[Scene], list[str]]:
    def act(scene: Scene) -> list[str]:
        owner = scene.people["owner"]
        answers = {}
        for path in ("/calls/ask/", "/accounts/login/", "/accounts/signup/", "/search/"):
            sent = {**owner.from_page(path), "Content-Type": kind, "X-CSRFToken": TOKEN}
            answers[path] = owner.ask("POST", path, sent, body)
        return broken(answers)

    return act


def at_address(path: str) -> Callable[[Scene], list[str]]:
    def act(scene: Scene) -> list[str]:
        wrong = []
        for who in ("visitor", "owner", "officer"):
            visitor = scene.people[who]
            cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
            words = (
                f"GET {path} HTTP/1.1\r\nHost: localhost:{scene.front.https}\r\n"
                f"Cookie: {cookies}\r\nConnection: close\r\n\r\n"
            )
            said = ask_raw(scene.front.https, words.encode(), tls=trusting(), seconds=60)
            status = int(said.split()[1]) if said else 0
            head = said.partition(b"\r\n\r\n")[0].lower()
            if status >= 500 or not status:
                wrong.append(f"{who}: {status}")
            if b"evil=1" in head.replace(b"%", b"").partition(b"location")[0]:
                wrong.append(f"{who}: a header of the visitor’s own")
            if b"\nlocation: //" in head or b"\nlocation: /\\" in head:
                wrong.append(f"{who}: led away")
            if b"SECRET_KEY" in said or b"root:x:0" in said or b"execute_from" in said:
                wrong.append(f"{who}: a file of the server")
        return wrong

    return act


def forged(scene: Scene) -> list[str]:
    """A page of another site makes the browser send a form."""
    owner, wrong = scene.people["owner"], []
    field_ = {"topic": "other", "text": "forged"}
    tries = {
        "another origin": {"Origin": "https://evil.example"},
        "no origin that counts": {"Origin": "null"},
        "a lookalike": {"Origin": f"https://localhost.evil.example:{scene.front.https}"},
        "plain HTTP": {"Origin": f"http://localhost:{scene.front.https}"},
        "another referrer": {"Origin": "", "Referer": "https://evil.example/"},
        "no referrer": {"Origin": "", "Referer": ""},
    }
    for what, headers in tries.items():
        found = owner.post("/calls/ask/", field_, headers=headers)
        if found.status != 403:
            wrong.append(f"{what}: {found.status}")
    found = owner.post("/calls/ask/", {**field_, "csrfmiddlewaretoken": "d" * 32})
    if found.status != 403:
        wrong.append(f"another token: {found.status}")
    return wrong


def fixed_session(scene: Scene) -> list[str]:
    """Somebody is given a session before they sign in."""
    from cms.demonstration.people import OWNER, PASSWORD

    visitor = Visitor(scene.front)
    visitor.cookies["sessionid"] = "chosenbyanattacker0123456789abcd"
    page = "/accounts/login/"
    found = visitor.post(page, {"login": OWNER.email, "password": PASSWORD}, page=page)
    given = [cookie for cookie in found.cookies if cookie.startswith("sessionid=")]
    if found.status != 302 or not given:
        return [f"could not sign in: {found.status}"]
    wrong = []
    if "chosenbyanattacker" in given[0]:
        wrong.append("the session that was chosen is in use")
    for word in ("Secure", "HttpOnly", "SameSite=Lax"):
        if word not in given[0]:
            wrong.append(f"the session’s cookie is not {word}")
    if visitor.get("/dashboard/").status == 200:
        wrong.append("the chosen session is signed in")
    return wrong


def no_end_of_tries(scene: Scene) -> list[str]:
    """Passwords are tried, each time from an address that is made up."""
    visitor, page = Visitor(scene.front), "/accounts/login/"
    for number in range(15):
        headers = {
            "X-Forwarded-For": f"198.51.100.{number}",
            "X-Real-IP": f"198.51.100.{number}",
            "Forwarded": f"for=198.51.100.{number}",
        }
        sent = {"login": "board@example.org", "password": f"wrong {number}"}
        found = visitor.post(page, sent, page=page, headers=headers)
        if found.status == 429 or "too many" in found.text.lower():
            return []
    return ["15 passwords were tried and no limit met"]


def past_the_proxy(scene: Scene) -> list[str]:
    """Straight to gunicorn, which only the proxy should reach: nothing of the host is believed."""
    wrong = []
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "Host": "x"}):
        found = ask(scene.front.web_port, "GET", "/", {**headers, "X-Forwarded-Proto": "https"})
        if found.status != 400:
            wrong.append(f"{headers}: {found.status}")
    return wrong


def poisoned(scene: Scene) -> list[str]:
    """A page that others get is made with words of the attacker’s."""
    wrong = []
    for path in ("/", "/search/", "/accounts/password/reset/", "/no-such-page/"):
        found = scene.nobody.get(path, {"X-Forwarded-Host": "evil.example", "X-Host": "evil"})
        if "evil" in found.text or "evil" in found.location:
            wrong.append(f"{path}: shows what a header said")
        kept = found.headers.get("cache-control", "")
        if "public" in kept or "max-age" in kept.replace("max-age=0", ""):
            wrong.append(f"{path}: may be kept ({kept})")
    return wrong


def kept_after(scene: Scene) -> list[str]:
    """What is made for somebody is kept by no browser and no cache."""
    wrong = []
    for who, path in [
        ("owner", "/dashboard/"),
        ("owner", "/"),
        ("owner", "/accounts/you/"),
        ("judge", "/judging/"),
        ("officer", "/admin/desk/calls/"),
        ("officer", "/admin/"),
        ("officer", "/no-such-page/"),
    ]:
        found = scene.people[who].get(path)
        if found.headers.get("cache-control") != "private, no-store":
            wrong.append(f"{path} of {who}: {found.headers.get('cache-control')}")
    return wrong


def raced(scene: Scene) -> list[str]:
    """The same form four times at once."""
    from challenges.calls.models import Enquiry
    from tests.factories import UserFactory

    # Somebody new: the owner has asked so much by now that nothing more is taken.
    asker, before = Visitor(scene.front, UserFactory()), Enquiry.objects.count()
    sent = {"topic": "other", "text": "Sent four times at once?"}
    threads = [threading.Thread(target=asker.post, args=("/calls/ask/", sent)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = Enquiry.objects.count() - before
    return [] if made == 1 else [f"{made} were made"]


def more_than_asked(scene: Scene) -> list[str]:
    """Fields that no form has: whoever sends them gains nothing."""
    from challenges.calls.models import Enquiry
    from marketplace.accounts.models import User

    owner = scene.people["owner"]
    assert owner.person
    extra = {
        "is_staff": "1",
        "is_superuser": "1",
        "is_active": "0",
        "role": "officer",
        "roles": "officer",
        "groups": "1",
        "region": "1",
        "asked_by": "1",
        "state": "answered",
        "is_public": "1",
        "answer": "yes",
        "owner": "1",
        "pk": "1",
        "id": "1",
    }
    owner.post("/calls/ask/", {**extra, "topic": "other", "text": "More than asked?"})
    for page in ("/accounts/you/", "/accounts/signup/", "/organisations/register/"):
        owner.post(page, {**extra, "name": "Nadia Ashgrove"}, page=page)
    person = User.objects.get(pk=owner.person.pk)
    wrong = []
    if (
        person.is_superuser
        or not person.is_active
        or person.groups.exists()
        or person.region_roles.exists()
    ):
        wrong.append("a right was gained")
    asked = Enquiry.objects.filter(typed="More than asked?").first()
    if asked and (asked.state != "waiting" or asked.is_public or asked.asked_by != person):
        wrong.append("a field that is not the visitor’s was set")
    return wrong


NAMES_OF_FILES = (
    "../../../evil.html",
    "evil.php\x00.pdf",
    "a" * 300 + ".pdf",
    "evil.svg",
    "evil.html",
    "con",
    ".htaccess",
    "\u202efdp.exe",
    "x.pdf\r\nSet-Cookie: a=b",
)


def uploaded(name: str) -> Callable[[Scene], list[str]]:
    content = b"%PDF-1.4\n<script>window." + SCRIPT.encode() + b"</script>"

    def act(scene: Scene) -> list[str]:
        officer, answers = scene.people["officer"], {}
        for path in (
            "/admin/documents/add/",
            "/admin/documents/multiple/add/",
            "/admin/images/add/",
            "/admin/images/multiple/add/",
        ):
            body, kind = multipart(
                {"title": "x", "csrfmiddlewaretoken": TOKEN, "collection": "1"},
                [("file", name, content), ("files[]", name, content)],
            )
            sent = {"Content-Type": kind, "X-Requested-With": "XMLHttpRequest"}
            answers[path] = officer.ask("POST", path, {**officer.from_page(path), **sent}, body)
        wrong = broken(answers)
        for path in ("/media/documents/evil.html", "/media/documents/evil.svg"):
            found = scene.nobody.get(path)
            if found.status == 200 and found.headers.get("content-disposition") != "attachment":
                wrong.append(f"{path}: shown")
        return wrong

    return act


def cases() -> Iterator[Case]:
    """All of them, in the order in which they are printed."""
    for name, text in TEXTS.items():
        yield Case("texts", name, reflected(text))
    for name, to in NEXT.items():
        yield Case("leading away", name, led_away(to))
    for name, headers in HEADERS.items():
        yield Case("headers", name, with_headers(headers))
    for name, (kind, body) in BODIES.items():
        yield Case("bodies", name, with_body(kind, body))
    for path in ADDRESSES:
        yield Case("addresses", path[:60], at_address(path))
    for name, words in SPOKEN.items():
        yield Case("requests letter by letter", name, spoken(words))
    for name, headers in WAYS_HERE.items():
        yield Case("forms from elsewhere", name, sent_from(headers))
    for name in NAMES_OF_FILES:
        yield Case("uploads", repr(name)[:40], uploaded(name))
    acts: dict[str, Callable[[Scene], Any]] = {
        "form of another site": forged,
        "session chosen for somebody": fixed_session,
        "passwords from addresses made up": no_end_of_tries,
        "past the proxy": past_the_proxy,
        "a page poisoned for others": poisoned,
        "a page kept for the next at the machine": kept_after,
        "whether a page is still the same": asked_anew,
        "the same four times at once": raced,
        "fields that no form has": more_than_asked,
    }
    for name, act in acts.items():
        yield Case("sessions and forms", name, act)

"""Somebody at a browser: the steps that every kind of user takes."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from playwright.sync_api import Page, expect

from tests.mails import code_in_mail

PASSWORD = "a golden thread runs through it"


@dataclass
class Person:
    """One person with a browser of their own; `look` is called on every page they reach."""

    page: Page
    name: str
    email: str
    look: Callable[[Page], None]

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.look(self.page)

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the button or link of this name in the page, and look at what follows.

        Not what only folds a part of the page or points to it, as Wagtail's headings have.
        """
        main = self.page.locator("main, #main")
        button = main.get_by_role("button", name=name).and_(
            self.page.locator("[type=submit], a, button:not([type])")
        )
        target = button if button.count() else main.get_by_role("link", name=name)
        with self.page.expect_navigation():
            target.first.click()
        self.look(self.page)

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).first.fill(text)

    def sees(self, words: str) -> None:
        expect(self.page.locator("main, #main").first).to_contain_text(words)

    def sign_up(self) -> None:
        self.open("/accounts/signup/")
        self.fill("Full name", self.name)
        self.fill("E-mail", self.email)
        self.fill("Password", PASSWORD)
        self.press(re.compile("Register|Create|Sign up"))
        self.fill("Code", code_in_mail(self.email))
        self.press("Continue")
        self.sees("Hello")

    def set_up_second_factor(self) -> None:
        """From the page that asks for it, with an authenticator app."""
        self.sees("second step")
        self.press("Set up an authenticator app")
        if self.page.get_by_label("Password").count():
            self.fill("Password", PASSWORD)
            self.press(re.compile("Confirm|Continue"))
        secret = self.page.locator("code.app-code").inner_text()
        self.page.locator("input[name=code]").fill(code_now(secret))
        self.press("Turn on")
        self.sees("recovery codes")


def code_now(secret: str) -> str:
    """What an authenticator app shows now for this secret (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def path_in_mail(address: str, part: str) -> str:
    """The path of the link with this part in the latest mail to an address."""
    for message in reversed(mail.outbox):
        if address in message.to:
            found = re.search(rf"https?://[^/\s]+(/\S*{part}\S*)", message.body)
            if found:
                return found[1]
    subjects = [message.subject for message in mail.outbox if address in message.to]
    raise AssertionError(f"no link with {part!r} in the mail to {address}: {subjects}")

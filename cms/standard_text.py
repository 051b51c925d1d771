"""What the accessibility and privacy pages say until an officer writes the region's own."""

Block = tuple[str, str]

ACCESSIBILITY: list[Block] = [
    (
        "paragraph",
        "<p>We want as many people as possible to be able to use this service. You should be able "
        "to use all of it with a keyboard, with a screen reader, without JavaScript, at 400% zoom "
        "and on a screen 320 pixels wide.</p>",
    ),
    ("heading", "How far we have come"),
    (
        "paragraph",
        "<p>The service is built to meet the Web Content Accessibility Guidelines 2.2 at level AA. "
        "A machine checks the main pages before each change, and people looked at them. It has not "
        "had an outside audit yet, so we do not claim full compliance.</p>",
    ),
    ("heading", "What may not work well"),
    (
        "paragraph",
        "<ul><li>Files that start-ups attach to their pitches are their own, and may not be "
        "accessible.</li><li>The officers’ desk uses the Wagtail editor, parts of which are hard "
        "to use with a screen reader.</li></ul>",
    ),
    ("heading", "Tell us"),
    (
        "paragraph",
        "<p>If something stands in your way, or you need a page in another form, tell the body "
        "whose call it is: its name is on the call’s page. If you are not happy with the answer, "
        "the Equality Advisory and Support Service can help.</p>",
    ),
]

PRIVACY: list[Block] = [
    (
        "paragraph",
        "<p>This page says what the service keeps about you and why. The body that runs this "
        "installation is the controller of it and should complete this page with its name, its "
        "address and its data protection officer.</p>",
    ),
    ("heading", "What is kept"),
    (
        "paragraph",
        "<ul><li>Your name, your e-mail address, and a scrambled form of your password.</li>"
        "<li>The organisations that you belong to, and the pitches that you write.</li>"
        "<li>If you judge: your declarations, scores and comments.</li>"
        "<li>A record of what was done in each competition, by whom and when. The service only "
        "adds to it. It is sealed every few minutes, and the seals are published: a change to what "
        "was sealed, by whoever made it, does not match the seals that others have kept. "
        '<a href="/record/">How that is checked, and what it can’t show</a>.</li></ul>',
    ),
    ("heading", "How long it is kept"),
    (
        "paragraph",
        "<p>What you write in a pitch that is not taken forward, its files and the panel’s "
        "comments on it are erased some time after the decision: the letter with your result "
        "names the day, and you are reminded 30 days before. The result, the scores and the "
        "record of what was done stay.</p>"
        "<p>Messages are deleted after two years, unless the body that runs this installation says "
        "otherwise.</p>",
    ),
    ("heading", "Who sees it"),
    (
        "paragraph",
        "<p>A draft is your team’s alone. A submitted pitch is seen by the officers of the call "
        "and by the judges to whom it is given. If it is funded, its title and summary, your "
        "organisation and the amount are public. Your organisation’s profile is public unless you "
        "choose otherwise.</p>",
    ),
    ("heading", "Cookies"),
    (
        "paragraph",
        "<p>Four, all needed: one keeps you signed in, one protects forms from misuse, one "
        "remembers for a month, without your name, who signed in last, so that what you had typed "
        "when you were signed out comes back to you and to nobody else, and one knows for half a "
        "year that you have signed in in this browser, so that others who guess at your password "
        "can’t keep you out. Where you are signed in (browser, roughly the network, when) is kept "
        "while you are, and shown to you alone; how often somebody typed a wrong password, for two "
        "days, without names or addresses. Text that was not sent yet "
        "stays in your browser until you sign out. There is no advertising and no tracking, and "
        "nothing is loaded from other sites.</p>",
    ),
    ("heading", "Your rights"),
    (
        "paragraph",
        "<p>Your account’s page lets you download what is kept about you, correct your name and "
        "your address, and delete your account. What you did in a competition stays in its record, "
        "with a number in place of your name. You may complain to the Information Commissioner’s "
        "Office.</p>",
    ),
]

PAGES: dict[str, list[Block]] = {"Accessibility": ACCESSIBILITY, "Privacy": PRIVACY}

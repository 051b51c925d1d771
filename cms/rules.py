"""Who may do what to the page of a call, beyond what Wagtail asks (`cms.rights`)."""

import rules

from challenges.calls.rules import is_officer_of_call

rules.add_perm("pages.change_heading", is_officer_of_call)

"""What pages hold: words that the region publishes; and what Wagtail keeps of its editors."""

from typing import Any

from wagtail.admin.models import EditingSession, FormState
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import (
    APIToken,
    Comment,
    CommentReply,
    ModelLogEntry,
    Page,
    PageLogEntry,
    PageSubscription,
    Revision,
    TaskState,
    UploadedFile,
    WorkflowState,
)
from wagtail.users.models import UserProfile

from cms.models import (
    AcceleratorPage,
    CallPage,
    CaseStudyIndexPage,
    CaseStudyPage,
    ChallengeIndexPage,
    ChallengePage,
    HomePage,
    StandardPage,
)
from marketplace.retention import Leaves, Stays, by, kept, register, with_person

PUBLISHED = Stays(
    "pages that you wrote, with their earlier versions and remarks on them",
    "they are the region’s",
)

register(HomePage, kept("intro", "body", why=PUBLISHED))
register(StandardPage, kept("body", why=PUBLISHED))
register(CaseStudyIndexPage, kept("intro", why=PUBLISHED))
register(CaseStudyPage, kept("summary", "body", "reuse", why=PUBLISHED))
register(ChallengeIndexPage, kept("intro", why=PUBLISHED))
register(CallPage, kept("body", "faqs", why=PUBLISHED))
register(ChallengePage)
register(AcceleratorPage)

register(Page, by("owner", shows=["title"]), by("locked_by", leaves=Leaves.CLEARED))
register(Revision, by("user", shows=["object_str", "created_at"]))
register(PageLogEntry, by("user", shows=["action", "timestamp"]))
register(ModelLogEntry, by("user", shows=["action", "timestamp"]))
register(Image, by("uploaded_by_user", shows=["title"]))
register(Document, by("uploaded_by_user", shows=["title"]))
register(UploadedFile, by("uploaded_by_user", leaves=Leaves.ROW))
register(WorkflowState, by("requested_by", shows=["created_at"]))
register(TaskState, by("finished_by", shows=["finished_at"]))
register(Comment, by("user", shows=["text", "created_at"]), by("resolved_by"))
register(CommentReply, by("user", shows=["text", "created_at"]))
register(PageSubscription, by("user", leaves=Leaves.ROW))
register(EditingSession, by("user", leaves=Leaves.ROW))
register(FormState, by("user", leaves=Leaves.ROW))
register(APIToken, by("user", leaves=Leaves.ROW, shows=["name"]))
register(UserProfile, by("user", leaves=Leaves.ROW, shows=["preferred_language", "avatar"]))


@with_person
def forget_name_in_the_admin(person: Any) -> None:
    """Wagtail’s log writes the name of whatever was changed into its lines, people included."""
    lines = ModelLogEntry.objects.for_instance(person)
    lines.update(label="", data={})

"""What the clock does, and how often: Celery’s beat in production, the one process elsewhere."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "send-unsent-mail": {
        "task": "marketplace.activity.tasks.send_unsent_notifications",
        "schedule": 120.0,
    },
    "daily-digests": {
        "task": "marketplace.activity.tasks.send_digests",
        "schedule": crontab(hour=7, minute=30),
        "args": ("daily",),
    },
    "weekly-digests": {
        "task": "marketplace.activity.tasks.send_digests",
        "schedule": crontab(hour=7, minute=40, day_of_week="mon"),
        "args": ("weekly",),
    },
    "announce-open-calls": {
        "task": "challenges.calls.tasks.announce_open_calls",
        "schedule": 600.0,
    },
    "alert-of-open-calls": {
        "task": "search.tasks.alert_of_open_calls",
        "schedule": 900.0,
    },
    "learn-sentences": {
        "task": "search.tasks.learn_sentences",
        "schedule": 300.0,
    },
    "learn-words": {
        "task": "search.tasks.learn_words",
        "schedule": crontab(hour=3, minute=30),
    },
    "move-private-files": {
        "task": "cms.tasks.move_private_files",
        "schedule": 600.0,
    },
    "tell-missed-news": {
        "task": "marketplace.activity.tasks.tell_missed_news",
        "schedule": 1800.0,
    },
    "remind-of-late-answers": {
        "task": "challenges.calls.tasks.remind_of_late_answers",
        "schedule": crontab(hour=8, minute=0),
    },
    "remind-of-late-appeals": {
        "task": "challenges.judging.tasks.remind_of_late_appeals",
        "schedule": crontab(hour=8, minute=10),
    },
    "watch-offers": {
        "task": "challenges.awards.tasks.watch_offers",
        "schedule": 1800.0,
    },
    "tell-ended-reserve-lists": {
        "task": "challenges.awards.tasks.tell_ended_lists",
        "schedule": crontab(hour=8, minute=20),
    },
    "remind-of-invitations": {
        "task": "challenges.judging.tasks.remind_of_invitations",
        "schedule": crontab(hour=8, minute=15),
    },
    "remind-judges": {
        "task": "challenges.judging.tasks.remind_before_close",
        "schedule": 1800.0,
    },
    "carry-out-releases": {
        "task": "challenges.judging.tasks.carry_out_releases",
        "schedule": 60.0,
    },
    "send-overdue-letters": {
        "task": "challenges.judging.tasks.send_overdue_letters",
        "schedule": 600.0,
    },
    "remind-of-held-letters": {
        "task": "challenges.judging.tasks.remind_of_held_letters",
        "schedule": crontab(hour=8, minute=25),
    },
    "work-out-rankings": {
        "task": "challenges.judging.tasks.work_out_rankings",
        "schedule": 600.0,
    },
    "warn-of-erasure": {
        "task": "challenges.judging.tasks.warn_of_erasure",
        "schedule": crontab(hour=8, minute=20),
    },
    "erase-old-pitches": {
        "task": "challenges.judging.tasks.erase_old_pitches",
        "schedule": crontab(hour=3, minute=40),
    },
    "publish-scheduled-pages": {
        "task": "cms.tasks.publish_scheduled",
        "schedule": 60.0,
    },
    "erase-notes": {
        "task": "cms.desk.tasks.erase_notes",
        "schedule": crontab(hour=3, minute=50),
    },
    "clear-sessions": {
        "task": "marketplace.tasks.clear_sessions",
        "schedule": 3600.0,
    },
    "remind-of-drafts": {
        "task": "challenges.pitches.tasks.remind_of_drafts",
        "schedule": 1800.0,
    },
    "remind-to-confirm-interests": {
        "task": "challenges.interests.tasks.remind_to_confirm",
        "schedule": crontab(hour=8, minute=0),
    },
    "scan-waiting-files": {
        "task": "challenges.pitches.tasks.scan_waiting_attachments",
        "schedule": 300.0,
    },
    "make-waiting-judges-copies": {
        "task": "challenges.pitches.tasks.make_waiting_judges_copies",
        "schedule": 300.0,
    },
    "clear-orphan-files": {
        "task": "challenges.pitches.tasks.clear_orphan_files",
        "schedule": 3600.0,
    },
    "search-catch-up": {
        "task": "search.tasks.send_owed",
        "schedule": 120.0,
    },
    "search-mend": {
        "task": "search.tasks.mend_index",
        "schedule": crontab(hour=4, minute=15),
    },
    "carry-out-owed": {
        "task": "marketplace.outages.tasks.carry_out_owed",
        "schedule": 120.0,
    },
    "note-work": {
        "task": "marketplace.outages.tasks.note_work",
        "schedule": 60.0,
        # Signs that nobody read are worth nothing later.
        "options": {"expires": 120},
    },
    "forget-past-terms": {
        "task": "marketplace.tasks.forget_past_terms",
        "schedule": crontab(hour=3, minute=55),
    },
    "forget-closed-accounts": {
        "task": "marketplace.accounts.tasks.forget_closed_accounts",
        "schedule": crontab(hour=4, minute=0),
    },
    "forget-ended-sessions": {
        "task": "marketplace.accounts.tasks.forget_ended_sessions",
        "schedule": 3600.0,
    },
    "seal-second-factors": {
        "task": "marketplace.accounts.tasks.seal_second_factors",
        "schedule": 3600.0,
    },
    "seal-activity": {
        "task": "marketplace.activity.tasks.seal_chains",
        "schedule": 600.0,
    },
    "check-activity": {
        "task": "marketplace.activity.tasks.check_record",
        "schedule": crontab(hour=4, minute=30),
    },
    "watch-activity": {
        "task": "marketplace.activity.tasks.watch_record",
        "schedule": 3600.0,
    },
    "mail-seals": {
        "task": "marketplace.activity.tasks.mail_seals",
        "schedule": crontab(hour=7, minute=15),
    },
}

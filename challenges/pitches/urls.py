from django.urls import path

from challenges.pitches import copies, partner_views, receipts, reuse, views, writing

app_name = "pitches"
urlpatterns = [
    path("start/<slug:reference>/", views.start, name="start"),
    path("partners/<int:pk>/", partner_views.partner, name="partner"),
    path("<slug:reference>/partners/", partner_views.partners, name="partners"),
    path("receipts/", receipts.receipt, name="receipt"),
    path("files/<int:pk>/", views.attachment, name="attachment"),
    path("<slug:reference>/", views.entry, name="entry"),
    path("<slug:reference>/write/", writing.write, name="write"),
    path("<slug:reference>/autosave/", writing.autosave, name="autosave"),
    path("<slug:reference>/reuse/<slug:name>/", reuse.reuse, name="reuse"),
    path("<slug:reference>/copy.pdf", copies.pdf, name="pdf"),
    path("<slug:reference>/copy.txt", copies.text, name="text"),
    path("<slug:reference>/others/", writing.others, name="others"),
    path("<slug:reference>/history/<slug:name>/", writing.history, name="history"),
    path("<slug:reference>/submit/", views.submit, name="submit"),
    path("<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:reference>/restore/", views.restore, name="restore"),
]

"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

# Before the settings are read: limits follow it. A compose file may pass on an empty one.
os.environ["PROCESS_KIND"] = os.environ.get("PROCESS_KIND") or "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.production")

served = get_wsgi_application()

from marketplace.door import readable  # noqa: E402  (what it imports needs the apps loaded)

application = readable(served)

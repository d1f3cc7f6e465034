"""The web process: patched by gevent before anything else is imported. Only gunicorn imports this."""

from gevent import monkey

monkey.patch_all()

from app import create_app  # noqa: E402 - the patch must come first

application = create_app()

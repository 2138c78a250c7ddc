"""The shell: settings, apps, urls, wsgi."""

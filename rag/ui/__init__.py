"""What the page shows, as HTML and CSS; the interface itself is `app.py`."""

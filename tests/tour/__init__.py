"""A tour of the desk: each task done once by a browser, pictured, and its steps, requests and bytes counted."""

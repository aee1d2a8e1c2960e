"""What the desk does. The modules here are what views, the worker and commands call; the drawers are for services.

attachments, records, operations   the API's tasks, and the life of one operation
refreshes, held_lists              a person asks for a list, or decides on one that is held
people, rights, policy             who may do what
saved_filters, exports             what auditors keep and take along
lists/  log/  outbound/            drawers: lists and the mirror, the audit log, the way to the upstream
"""

"""How an action of the control plane opens a stream: it returns a `Listener`, which the transport then sends.

Both are names in the environment of a WSGI request.
"""

STREAM = "specdouble.stream"  # the listener, and its world
SENT_HERE = "specdouble.granian"  # that the transport looks for it itself
